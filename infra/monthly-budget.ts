import { Annotations } from 'aws-cdk-lib'
import { CfnBudget } from 'aws-cdk-lib/aws-budgets'
import { Construct } from 'constructs'
import type { Deployment } from './stages.ts'

/** Where CloudFormation can make a budget, of the regions that have SES. It counts the whole account from any of them. */
const regionsWithBudgets = [
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
]

/** Mails whoever hears of alarms when the account's month is about to cost more than it should. */
export class MonthlyBudget extends Construct {
  constructor(scope: Construct, id: string, { name, cloud, brand }: Deployment, dollars: number) {
    super(scope, id)
    // The CDK command says where it is about to deploy to. What the template says does not depend on it.
    const region = cloud.env?.region ?? process.env.CDK_DEFAULT_REGION
    if (region && !regionsWithBudgets.includes(region)) {
      Annotations.of(this).addError(
        `infra/stages.ts: ${name}.cloud.monthlyBudget: CloudFormation makes no budgets in ${region}. Leave it out there, and make the budget by hand: docs/runbook.md#budget`,
      )
    }
    const subscribers = [{ subscriptionType: 'EMAIL', address: cloud.alarmsTo ?? brand.supportAddress }]
    const above = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notification: { notificationType, threshold, thresholdType: 'PERCENTAGE', comparisonOperator: 'GREATER_THAN' },
      subscribers,
    })
    const budget = new CfnBudget(this, 'budget', {
      budget: {
        budgetName: `interviews-${name}`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: dollars, unit: 'USD' },
      },
      notificationsWithSubscribers: [above('ACTUAL', 80), above('FORECASTED', 100)],
    })
    // That some regions do not have it is said above, before anything is deployed.
    budget.addMetadata('cfn-lint', { config: { ignore_checks: ['E3006'] } })
  }
}
