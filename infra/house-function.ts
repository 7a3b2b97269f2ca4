import { AssetHashType, DockerImage, type Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  type FunctionOptions,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { root, writeBundle } from './bundling.ts'
import type { Cloud } from './stages.ts'

type Props = Omit<FunctionOptions, 'role' | 'logGroup' | 'architecture'> & {
  /** What it promises, for whoever looks at it in the console. */
  description: string
  /** Megabytes. Lambda gives CPU in proportion to it: 1769 MB are one core. */
  memorySize: number
  timeout: Duration
}

/**
 * A Lambda function as all of them are here: `functions/<id>.ts`, bundled, on arm64, with a role that may do nothing but
 * write to its own log group. What else it may do and know is added one by one.
 */
export class HouseFunction extends LambdaFunction {
  readonly entry: string

  constructor(scope: Construct, id: string, cloud: Cloud, { environment, ...overrides }: Props) {
    const logGroup = new LogGroup(scope, `${id}-logs`, {
      retention: cloud.logRetentionDays as RetentionDays,
      removalPolicy: cloud.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    })
    // Not the managed policy: that one may write to every log group there is.
    const role = new Role(scope, `${id}-role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    logGroup.grantWrite(role)
    super(scope, id, {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: bundledCode(id),
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.INFO,
      ...overrides,
      environment: { NODE_OPTIONS: '--enable-source-maps', ...environment },
    })
    this.entry = id
  }

  /** Grants these actions, on these resources and nothing else. */
  may(actions: string[], ...resourceArns: string[]): void {
    Grant.addToPrincipal({ grantee: this, actions, resourceArns })
  }

  /** Adds variables to the environment. */
  knows(variables: Record<string, string>): void {
    for (const [name, value] of Object.entries(variables)) this.addEnvironment(name, value)
  }
}

/** Built here, in this process: `image` is asked for by the type and never pulled. The asset's hash is that of the output. */
const bundledCode = (name: string): Code =>
  Code.fromAsset(`${root}/functions`, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('unused'),
      // CDK keeps one result for equal options, and cannot see into `local`: without the name all functions would be one.
      command: [name],
      local: {
        tryBundle: (folder) => {
          writeBundle(name, folder)
          return true
        },
      },
    },
  })
