import { CfnBudget } from 'aws-cdk-lib/aws-budgets'
import { Construct } from 'constructs'
import type { Deployment } from './stages.ts'

/** Mails whoever hears of alarms when the account's month is about to cost more than it should. */
export class MonthlyBudget extends Construct {
  constructor(scope: Construct, id: string, { name, cloud, brand }: Deployment, dollars: number) {
    super(scope, id)
    const subscribers = [{ subscriptionType: 'EMAIL', address: cloud.alarmsTo ?? brand.supportAddress }]
    const above = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notification: { notificationType, threshold, thresholdType: 'PERCENTAGE', comparisonOperator: 'GREATER_THAN' },
      subscribers,
    })
    new CfnBudget(this, 'budget', {
      budget: {
        budgetName: `interviews-${name}`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: dollars, unit: 'USD' },
      },
      notificationsWithSubscribers: [above('ACTUAL', 80), above('FORECASTED', 100)],
    })
  }
}
