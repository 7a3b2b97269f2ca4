import { Annotations, CfnResource, Duration, Stack } from 'aws-cdk-lib'
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager'
import {
  AllowedMethods,
  CacheHeaderBehavior,
  CachePolicy,
  Distribution,
  OriginProtocolPolicy,
  OriginRequestHeaderBehavior,
  OriginRequestPolicy,
  OriginRequestQueryStringBehavior,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront'
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2'
import { Construct } from 'constructs'
import { frontHeaders, frontKey } from '../shared/front.ts'
import { MAX_BODY_BYTES } from '../shared/http.ts'
import { env } from '../shared/names.ts'
import type { RequestRoute, SubscriptionRoute } from '../shared/routes.ts'
import type { HouseFunction } from './house-function.ts'
import { type Cloud, type Deployment, placeholders } from './stages.ts'

type Props = NonNullable<Cloud['front']> & { api: HttpApi; certificate?: ICertificate }

/** What mail programs post to, without a cookie, a browser's name or anybody to solve a riddle: RFC 8058. */
const oneClick = [
  'POST /subscriptions/{id}/{token}/unsubscribe',
  'POST /requests/{id}/{token}/stop',
] as const satisfies (RequestRoute | SubscriptionRoute)[]

const oneClickPaths = `^(${oneClick
  .map((route) => route.slice('POST '.length).replace('{id}', '[^/]+').replace('{token}', '[A-Za-z0-9_-]{22}'))
  .join('|')})$`

/** Rules of AWS's common set that look into what people write: a seeker may write of `<script>`, and at length. */
const countedOnly = [
  'SizeRestrictions_BODY',
  'CrossSiteScripting_BODY',
  'EC2MetaDataSSRF_BODY',
  'GenericLFI_BODY',
  'GenericRFI_BODY',
]

/** All for which CloudFront would keep an error by itself, ten seconds, for everybody, whatever the answer's own headers say. */
const errorsItKeeps = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]

/**
 * CloudFront and AWS WAF before the API. No address of a page is written down anywhere on the way: addresses hold the links
 * that open somebody's page.
 */
export class Front extends Construct {
  /** Where CloudFront answers. */
  readonly domainName: string
  readonly #keys: string | undefined

  constructor(
    scope: Construct,
    id: string,
    deployment: Deployment,
    { api, certificate, key, requestsInFiveMinutes }: Props,
  ) {
    super(scope, id)
    const { name, addressKey, cloud } = deployment
    // As with the budget: what the template says does not depend on where the CDK command is about to deploy to.
    const region = cloud.env?.region ?? process.env.CDK_DEFAULT_REGION
    const error = (message: string) => Annotations.of(this).addError(`infra/stages.ts: ${name}.cloud.front: ${message}`)
    if (region && region !== 'us-east-1') {
      error(`AWS WAF has rules for CloudFront in us-east-1 only, and this stage is in ${region}. Leave it out there.`)
    }
    if (!cloud.domain) {
      error('it needs a domain: under a name of its own CloudFront talks TLS 1.0 with whoever asks for it.')
    }
    if (placeholders(deployment).includes('addressKey')) {
      error('its secret is made from addressKey, and that is still the one that everybody can read in this repository.')
    }
    // The one before, because CloudFront needs minutes until all of it shows the new one; and the next, because it may
    // come to show it before the functions are told.
    this.#keys = key > 0 ? [key, key - 1, key + 1].map((number) => frontKey(addressKey, number)).join(' ') : undefined

    const origin = new HttpOrigin(`${api.apiId}.execute-api.${Stack.of(this).region}.${Stack.of(this).urlSuffix}`, {
      protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
      customHeaders: { [frontHeaders.key]: frontKey(addressKey, key) },
    })
    const behavior = {
      origin,
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      allowedMethods: AllowedMethods.ALLOW_ALL,
    }
    const whatPasses = new OriginRequestPolicy(this, 'what-passes', {
      comment: `${Stack.of(this).stackName}: what the functions read. Not Host, by which API Gateway knows its own`,
      headerBehavior: OriginRequestHeaderBehavior.allowList(
        'Accept',
        'Content-Type',
        'Idempotency-Key',
        frontHeaders.visitor,
      ),
      queryStringBehavior: OriginRequestQueryStringBehavior.all(),
    })
    const distribution = new Distribution(this, 'distribution', {
      comment: Stack.of(this).stackName,
      ...(cloud.domain && certificate && { domainNames: [cloud.domain.name], certificate }),
      webAclId: this.#firewall(requestsInFiveMinutes).attrArn,
      // Nothing is kept: pages are somebody's own.
      defaultBehavior: {
        ...behavior,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: whatPasses,
      },
      additionalBehaviors: {
        // Published, the same for all who ask for the same form of it. For as long as the answer itself says, if it does.
        '/series*': {
          ...behavior,
          cachePolicy: new CachePolicy(this, 'published', {
            comment: `${Stack.of(this).stackName}: the tip series`,
            headerBehavior: CacheHeaderBehavior.allowList('Accept'),
            minTtl: Duration.seconds(0),
            defaultTtl: Duration.seconds(0),
            maxTtl: Duration.minutes(5),
            enableAcceptEncodingGzip: true,
            enableAcceptEncodingBrotli: true,
          }),
        },
      },
      errorResponses: errorsItKeeps.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
    })
    this.domainName = distribution.distributionDomainName
    // That some regions do not have it is said above, before anything is deployed.
    for (const one of this.node.findAll()) {
      if (CfnResource.isCfnResource(one)) one.addMetadata('cfn-lint', { config: { ignore_checks: ['E3006'] } })
    }
  }

  /** Tells a function what to ask for; with key 0 nothing. */
  provesItselfTo(fn: HouseFunction): void {
    if (this.#keys) fn.knows({ [env.frontKeys]: this.#keys })
  }

  #firewall(requestsInFiveMinutes: number): CfnWebACL {
    const { stackName } = Stack.of(this)
    // Counted, and no samples: those show the paths of requests.
    const visible = (name: string): CfnWebACL.VisibilityConfigProperty => ({
      cloudWatchMetricsEnabled: true,
      metricName: `${stackName}-${name}`,
      sampledRequestsEnabled: false,
    })
    const none = [{ priority: 0, type: 'NONE' }]
    const refused = (responseCode: number, words: string, more: object = {}): CfnWebACL.RuleActionProperty => ({
      block: { customResponse: { responseCode, customResponseBodyKey: words, ...more } },
    })
    return new CfnWebACL(this, 'firewall', {
      name: stackName,
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      visibilityConfig: visible('passed'),
      // As much as the functions read, so that what is longer is known to be.
      associationConfig: { requestBody: { CLOUDFRONT: { defaultSizeInspectionLimit: 'KB_32' } } },
      customResponseBodies: {
        'too-many': {
          contentType: 'TEXT_PLAIN',
          content: 'Too many requests came from your network. Please try again in five minutes.',
        },
        'too-long': { contentType: 'TEXT_PLAIN', content: 'This is too long. Please keep it below 32 kilobytes.' },
      },
      rules: [
        {
          // First, and what matches is looked at by no other rule: who wants no more mail is never sent away.
          name: 'one-click',
          priority: 0,
          action: { allow: {} },
          visibilityConfig: visible('one-click'),
          statement: {
            andStatement: {
              statements: [
                {
                  byteMatchStatement: {
                    fieldToMatch: { method: {} },
                    positionalConstraint: 'EXACTLY',
                    searchString: 'POST',
                    textTransformations: none,
                  },
                },
                {
                  regexMatchStatement: {
                    fieldToMatch: { uriPath: {} },
                    regexString: oneClickPaths,
                    textTransformations: none,
                  },
                },
              ],
            },
          },
        },
        {
          name: 'too-many',
          priority: 1,
          action: refused(429, 'too-many', { responseHeaders: [{ name: 'Retry-After', value: '300' }] }),
          visibilityConfig: visible('too-many'),
          statement: {
            rateBasedStatement: { aggregateKeyType: 'IP', evaluationWindowSec: 300, limit: requestsInFiveMinutes },
          },
        },
        {
          name: 'too-long',
          priority: 2,
          action: refused(413, 'too-long'),
          visibilityConfig: visible('too-long'),
          statement: {
            sizeConstraintStatement: {
              fieldToMatch: { body: { oversizeHandling: 'MATCH' } },
              comparisonOperator: 'GT',
              size: MAX_BODY_BYTES,
              textTransformations: none,
            },
          },
        },
        {
          name: 'common',
          priority: 3,
          overrideAction: { none: {} },
          visibilityConfig: visible('common'),
          statement: {
            managedRuleGroupStatement: {
              vendorName: 'AWS',
              name: 'AWSManagedRulesCommonRuleSet',
              ruleActionOverrides: countedOnly.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
            },
          },
        },
      ],
    })
  }
}
