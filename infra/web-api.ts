import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import {
  DomainName,
  HttpApi,
  type HttpMethod,
  HttpRoute,
  HttpRouteKey,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import { HostedZone } from 'aws-cdk-lib/aws-route53'
import { Construct } from 'constructs'
import { env } from '../shared/names.ts'
import { DnsRecords } from './dns-records.ts'
import { Front } from './front.ts'
import type { HouseFunction } from './house-function.ts'
import type { Cloud, Deployment } from './stages.ts'
import type { Watch } from './watch.ts'

/** The outside surface: pages and API on one origin. */
export class WebApi extends Construct {
  readonly api: HttpApi
  /** Where it answers, without a slash at the end. */
  readonly url: string
  readonly #front: Front | undefined
  readonly #integrations = new Map<string, HttpLambdaIntegration>()

  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id)
    const { cloud } = deployment
    this.api = new HttpApi(this, 'api', { apiName: Stack.of(this).stackName, createDefaultStage: false })
    const accessLogs = new LogGroup(this, 'access-logs', {
      retention: cloud.logRetentionDays as RetentionDays,
      removalPolicy: cloud.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    })
    const certificate = cloud.domain && this.#certificate(deployment, cloud.domain)
    this.#front =
      cloud.front &&
      new Front(this, 'front', deployment, { ...cloud.front, api: this.api, ...(certificate && { certificate }) })
    // With key 0 the API keeps its name, for those whose DNS does not know yet.
    const named =
      !cloud.front?.key && cloud.domain && certificate ? this.#named(cloud.domain.name, certificate) : undefined
    const answering = this.#front?.domainName ?? named?.regionalDomainName
    if (cloud.domain && answering) {
      new DnsRecords(this, 'dns', deployment, [{ type: 'CNAME', name: cloud.domain.name, value: answering }])
    }
    this.url = cloud.domain
      ? `https://${cloud.domain.name}`
      : this.#front
        ? `https://${this.#front.domainName}`
        : this.api.apiEndpoint
    this.api.addStage('stage', {
      ...(named && { domainMapping: { domainName: named } }),
      stageName: '$default',
      autoDeploy: true,
      // The only brake that an HTTP API has of its own; without it the limit is that of the account, 10,000 a second.
      throttle: { rateLimit: cloud.throttle.ratePerSecond, burstLimit: cloud.throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLogs),
        // The route and never the path: paths hold the links that open somebody's page.
        format: AccessLogFormat.custom(
          JSON.stringify({
            at: '$context.requestTime',
            id: '$context.requestId',
            route: '$context.routeKey',
            status: '$context.status',
            bytes: '$context.responseLength',
            ms: '$context.responseLatency',
            error: '$context.integrationErrorMessage',
          }),
        ),
      },
    })
  }

  /** For a name of our own: made by records in the zone of the stage, or named. */
  #certificate(deployment: Deployment, { name, certificateArn }: NonNullable<Cloud['domain']>): ICertificate {
    const { hostedZone } = deployment.cloud
    const zone =
      hostedZone &&
      HostedZone.fromHostedZoneAttributes(this, 'zone', { hostedZoneId: hostedZone.id, zoneName: hostedZone.name })
    if (!certificateArn && !zone) {
      throw new Error(`Stage ${deployment.name}: domain needs a hostedZone, or a certificateArn of the same region`)
    }
    return certificateArn
      ? Certificate.fromCertificateArn(this, 'certificate', certificateArn)
      : new Certificate(this, 'certificate', {
          domainName: name,
          validation: CertificateValidation.fromDns(zone),
        })
  }

  #named(domainName: string, certificate: ICertificate): DomainName {
    return new DomainName(this, 'name', { domainName, certificate })
  }

  /** Tells a function where the pages are, for the links it writes. */
  isKnownTo(fn: HouseFunction): void {
    fn.knows({ [env.publicUrl]: this.url })
  }

  /** An answer that begins with a 5, whoever it came from: a function that said so, one that crashed, or the gateway. */
  isWatchedBy(watch: Watch): void {
    watch.alarm('pages-failed', {
      errorImpact: 'Somebody got an error page from us where there should have been an answer.',
      runbook: 'errors',
      graph: 'Errors',
      label: 'answers with 5xx',
      metric: this.api.metricServerError({ period: Duration.minutes(5), statistic: 'Sum' }),
      threshold: 0,
    })
  }

  /** Hands these routes to a function, each by its name, which metrics and limits are kept by. */
  isAnsweredBy(fn: HouseFunction, routes: readonly { method: string; path: string }[]): void {
    const integration = this.#integrationOf(fn)
    for (const { method, path } of routes) {
      this.api.addRoutes({ path, methods: [method as HttpMethod], integration })
    }
  }

  /** Hands it everything that no route names: to be called before its routes are. */
  leavesTheRestTo(fn: HouseFunction): void {
    new HttpRoute(this, 'anything-else', {
      httpApi: this.api,
      routeKey: HttpRouteKey.DEFAULT,
      integration: this.#integrationOf(fn),
    })
  }

  /** One for each function. It is named after the first route that has it, whatever becomes of the others. */
  #integrationOf(fn: HouseFunction): HttpLambdaIntegration {
    const known = this.#integrations.get(fn.entry)
    if (known) return known
    const integration = new WithoutPermission(fn.entry, fn)
    this.#front?.provesItselfTo(fn)
    fn.addPermission('api', {
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: Stack.of(this).formatArn({ service: 'execute-api', resource: this.api.apiId, resourceName: '*' }),
    })
    this.#integrations.set(fn.entry, integration)
    return integration
  }
}

/**
 * CDK permits each route by itself, which grows past the 20 KB of a function's policy, or all by one pattern
 * of three parts, which the catch-all route, `<api>/<stage>/$default`, does not match: what nobody names would be a 500.
 * https://github.com/aws/serverless-application-model/issues/1860
 */
class WithoutPermission extends HttpLambdaIntegration {
  protected override completeBind(): void {}
}
