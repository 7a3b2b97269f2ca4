import { stageJson } from '../../infra/stages.ts'
import { env } from '../../shared/names.ts'
import { type Check, type Finding, failure, listed, ok, skipped, warning } from './finding.ts'
import type { Look } from './look.ts'

export const stack: Check = {
  name: 'Stack',
  why: 'What was deployed, and whether the last deployment came to its end.',
  run: async (look) => {
    const { deployment, stackName, stack, output, aws } = look
    const found = await stack()
    const deploy = `npx cdk deploy ${stackName}`
    if (!found) return skipped(`${stackName} is not deployed yet.`, `When nothing blocks: ${deploy}`)
    const { StackStatus = '' } = found
    const unprotect = found.EnableTerminationProtection
      ? [
          `${aws(
            `cloudformation update-termination-protection --stack-name ${stackName} --no-enable-termination-protection`,
          )}   (it never ran: nobody's data is in it)`,
        ]
      : []
    // Of a first deployment that failed nothing is left but its name, which CDK deletes if it may.
    const dead: Record<string, string[]> = {
      ROLLBACK_COMPLETE: ['Put that right', ...unprotect, deploy],
      CREATE_FAILED: ['Put that right', ...unprotect, deploy],
      ROLLBACK_FAILED: [
        'Put that right',
        ...unprotect,
        `${aws(`cloudformation delete-stack --stack-name ${stackName}`)}   (and wait until it is gone)`,
        deploy,
      ],
      DELETE_FAILED: [
        'Console: CloudFormation → the stack → Events says what could not be deleted: empty or delete that by hand, then Delete again',
      ],
      UPDATE_FAILED: ['Put that right', deploy],
      UPDATE_ROLLBACK_FAILED: ['Put that right', `npx cdk rollback ${stackName}`, deploy],
    }
    const steps = dead[StackStatus]
    if (steps) {
      return failure(`${stackName} is in ${StackStatus}. ${await whatFailed(look)}`, ...steps)
    }
    if (StackStatus === 'REVIEW_IN_PROGRESS') {
      return skipped(
        `${stackName} is not deployed yet: a change of it was prepared, and not made.`,
        `When nothing blocks: ${deploy}`,
      )
    }
    if (StackStatus === 'UPDATE_ROLLBACK_COMPLETE') {
      return warning(
        `The last deployment failed, and what was there before runs on. ${await whatFailed(look)}`,
        'Put that right',
        deploy,
      )
    }
    if (StackStatus.endsWith('_IN_PROGRESS') && !StackStatus.includes('CLEANUP')) {
      return warning(
        `A deployment is under way (${StackStatus}): what follows may change.`,
        'Run this again when it is over',
      )
    }
    if (deployment.cloud.keepData && found.EnableTerminationProtection === false) {
      return warning(
        'The stack can be deleted by one command.',
        aws(`cloudformation update-termination-protection --stack-name ${stackName} --enable-termination-protection`),
      )
    }
    return ok(`${stackName} is deployed (${StackStatus}), at ${await output('Url')}.`)
  },
}

const whatFailed = async ({ firstFailure }: Look): Promise<string> => {
  const event = await firstFailure()
  return event
    ? `First of all failed ${event.LogicalResourceId}: ${event.ResourceStatusReason}`
    : 'Console: CloudFormation → the stack → Events says what failed.'
}

export const deployedSettings: Check = {
  name: 'Deployed settings',
  why: 'What was changed in infra/stages.ts holds from the next deployment on, and not before.',
  run: async ({ deployment, theOne, functionNamed, stackName }) => {
    const found = await functionNamed(await theOne('AWS::Lambda::Function', 'requests'))
    const deployed = found?.Environment?.Variables?.[env.stage]
    if (deployed === undefined) return skipped('The function "requests" does not say its settings.')
    const here = fieldsOf(JSON.parse(stageJson(deployment)))
    const there = fieldsOf(JSON.parse(deployed))
    const names = [...new Set([...here.keys(), ...there.keys()])]
    const different = names.filter((name) => here.get(name) !== there.get(name))
    if (different.length === 0) return ok('They are those of infra/stages.ts.')
    if (different.includes('addressKey')) {
      return failure(
        'infra/stages.ts has another addressKey: deployed, nobody who asked for no more mail would be found by it.',
        `Put the old one back. Console: Lambda → ${found?.FunctionName} → Configuration → Environment variables: copy addressKey out of ${env.stage}`,
      )
    }
    return warning(
      `Different in infra/stages.ts: ${listed(different)}.`,
      `npx cdk diff ${stackName}   (shows all that would change)`,
      `npx cdk deploy ${stackName}`,
    )
  },
}

const fieldsOf = (value: unknown, path: string[] = []): Map<string, string> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value).flatMap(([key, inner]) => [...fieldsOf(inner, [...path, key])]))
    : new Map([[path.join('.'), JSON.stringify(value)]])

const number = new Intl.NumberFormat('en')
const count = (functions: number): string => number.format(functions)

/** Lambda leaves so many to functions without a reservation. */
const LEFT_TO_OTHERS = 100
/** `requests` and `subscriptions`. A test holds this against the template. */
export const HTTP_FUNCTIONS = 2

export const concurrency: Check = {
  name: 'Lambda concurrency',
  why: 'How many functions of the account may run at once. A new account has 10: then a deployment that sets some aside fails.',
  run: async ({ lambdaLimits, isDeployed, deployment, aws }) => {
    const { name, cloud } = deployment
    const { ConcurrentExecutions: limit = 0, UnreservedConcurrentExecutions: free = 0 } = await lambdaLimits()
    const { httpAtOnce } = cloud.brakes
    const ask = aws(
      'service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000',
    )
    const found: Finding[] = [ok(`${count(limit)} at once, ${count(free)} of them not set aside.`)]
    const wanted = (httpAtOnce ?? 0) * HTTP_FUNCTIONS
    if (wanted > 0 && !(await isDeployed()) && free - wanted < LEFT_TO_OTHERS) {
      const fits = Math.floor((free - LEFT_TO_OTHERS) / HTTP_FUNCTIONS)
      found.push(
        failure(
          `The account may run ${count(limit)} functions at once, of which ${count(free)} are free. The stage sets ${wanted} aside (brakes.httpAtOnce, for two functions), and Lambda wants ${LEFT_TO_OTHERS} left: the deployment would fail.`,
          `${ask}   (granted within minutes to days)`,
          fits > 0
            ? `Or: infra/stages.ts, ${name}.cloud.brakes.httpAtOnce: ${fits}`
            : `Or without that brake: take httpAtOnce out of ${name}.cloud.brakes in infra/stages.ts`,
        ),
      )
    } else if (limit < LEFT_TO_OTHERS) {
      found.push(
        warning(`The account may run ${limit} functions at once: a campaign would be answered with error pages.`, ask),
      )
    }
    return found
  },
}
