import { Grant, type IRole } from 'aws-cdk-lib/aws-iam'
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets'
import type { HouseFunction } from './house-function.ts'

/** A function as what a schedule runs. CDK's own target may run every version of it besides; here there is none. */
export class RunByClock extends LambdaInvoke {
  readonly #fn: HouseFunction

  constructor(fn: HouseFunction, props: ConstructorParameters<typeof LambdaInvoke>[1]) {
    super(fn, props)
    this.#fn = fn
  }

  protected override addTargetActionToRole(role: IRole): void {
    Grant.addToPrincipal({ grantee: role, actions: ['lambda:InvokeFunction'], resourceArns: [this.#fn.functionArn] })
  }
}
