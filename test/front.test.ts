import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Deployment } from '../infra/stages.ts'
import { type Cloud, startCloud } from '../local/cloud.ts'
import { nobodysLink } from '../ops/checks/pages.ts'
import { frontKey, isFrontKey, withoutPort } from '../shared/front.ts'
import { MAX_BODY_BYTES } from '../shared/http.ts'
import { linksOf } from '../shared/links.ts'
import { subscriptionLinks } from '../shared/tips/links.ts'
import { changeFunctions } from './change-functions.ts'
import { allOptions, stackOf } from './stacks.ts'
import { adasForm, visitor } from './traveller.ts'

// biome-ignore lint/suspicious/noExplicitAny: properties of a template have as many shapes as CloudFormation has types
type Resource = { Type: string; Properties: any }

const resourcesOf = (deployment: Deployment): Record<string, Resource> =>
  Template.fromStack(stackOf(deployment)).toJSON().Resources

const resources = resourcesOf(allOptions)
const ofType = (type: string, among = resources) =>
  Object.entries(among)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties }]) => ({ id, Properties }))
const only = (type: string) => {
  const found = ofType(type)
  expect(found, type).toHaveLength(1)
  return found[0] as (typeof found)[number]
}

const distribution = () => only('AWS::CloudFront::Distribution').Properties.DistributionConfig
const firewall = () => only('AWS::WAFv2::WebACL').Properties
type Rule = {
  Name: string
  Priority: number
  Action?: object
  Statement: Record<string, unknown>
  VisibilityConfig: object
}
const rule = (name: string) => firewall().Rules.find(({ Name }: Rule) => Name === name)

const withKey = (key: number) =>
  resourcesOf({ ...allOptions, cloud: { ...allOptions.cloud, front: { requestsInFiveMinutes: 2000, key } } })

const keysOf = (among: Record<string, Resource>): Map<string, string> =>
  new Map(
    ofType('AWS::Lambda::Function', among).flatMap(({ id, Properties }) => {
      const keys = Properties.Environment.Variables.FRONT_KEYS
      return keys === undefined ? [] : [[id.replace(/[0-9A-F]{8}$/, ''), keys]]
    }),
  )
const shownBy = (among: Record<string, Resource>): string => {
  const [found] = ofType('AWS::CloudFront::Distribution', among)
  const headers = found?.Properties.DistributionConfig.Origins[0].OriginCustomHeaders
  expect(headers).toEqual([{ HeaderName: 'x-front-key', HeaderValue: expect.any(String) }])
  return headers[0].HeaderValue
}

describe('CloudFront', () => {
  test('hands on what the functions read, the body and the question, and not Host, by which the API knows its own', () => {
    const { HeadersConfig, QueryStringsConfig } = only('AWS::CloudFront::OriginRequestPolicy').Properties
      .OriginRequestPolicyConfig
    expect(QueryStringsConfig).toEqual({ QueryStringBehavior: 'all' })
    expect(HeadersConfig.HeaderBehavior).toBe('whitelist')
    const code = globSync(join(import.meta.dirname, '../shared/web/*.ts')).map((file) => readFileSync(file, 'utf8'))
    const read = code
      .flatMap((text) => [...text.matchAll(/headers\??\.?(?:\.(\w+)|\['([\w-]+)'\])/g)])
      .map(([, name, quoted]) => name ?? quoted)
    expect(HeadersConfig.Headers.map((name: string) => name.toLowerCase()).sort()).toEqual(
      [...new Set([...read, 'cloudfront-viewer-address'])].sort(),
    )
    for (const { AllowedMethods } of [distribution().DefaultCacheBehavior, ...distribution().CacheBehaviors]) {
      expect(AllowedMethods).toContain('POST')
    }
  })

  test('keeps nothing but the published tips, by what form of them was asked for, and no longer than they say', () => {
    const { DefaultCacheBehavior, CacheBehaviors } = distribution()
    // What AWS calls Managed-CachingDisabled.
    expect(DefaultCacheBehavior.CachePolicyId).toBe('4135ea2d-6df8-44a3-9df3-4b5a84be39ad')
    const policy = only('AWS::CloudFront::CachePolicy')
    expect(CacheBehaviors).toHaveLength(1)
    expect(CacheBehaviors[0]).toMatchObject({ PathPattern: '/series*', CachePolicyId: { Ref: policy.id } })
    expect(policy.Properties.CachePolicyConfig).toMatchObject({
      MinTTL: 0,
      DefaultTTL: 0,
      MaxTTL: 300,
      ParametersInCacheKeyAndForwardedToOrigin: {
        HeadersConfig: { HeaderBehavior: 'whitelist', Headers: ['Accept'] },
        CookiesConfig: { CookieBehavior: 'none' },
        QueryStringsConfig: { QueryStringBehavior: 'none' },
      },
    })
  })

  test('keeps no error, as it would by itself for ten seconds and for everybody', () => {
    const kept = distribution().CustomErrorResponses.map((one: object) => Object.values(one).join())
    expect(kept.sort()).toEqual(
      [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504].map((status) => `0,${status}`).sort(),
    )
  })

  test('writes down nothing: paths hold the links that open a page', () => {
    expect(distribution()).not.toHaveProperty('Logging')
    for (const behavior of [distribution().DefaultCacheBehavior, ...distribution().CacheBehaviors]) {
      expect(behavior).not.toHaveProperty('RealtimeLogConfigArn')
      // Nor does it add to the headers that make our pages safe, or run anything.
      expect(behavior).not.toHaveProperty('ResponseHeadersPolicyId')
      expect(behavior).not.toHaveProperty('FunctionAssociations')
    }
    expect(ofType('AWS::WAFv2::LoggingConfiguration')).toEqual([])
    for (const { VisibilityConfig } of [firewall(), ...firewall().Rules]) {
      expect(VisibilityConfig).toMatchObject({ SampledRequestsEnabled: false, CloudWatchMetricsEnabled: true })
    }
  })

  test('has the name of the stage, its certificate and its record; the API has no name beside its own', () => {
    const { id } = only('AWS::CloudFront::Distribution')
    expect(distribution()).toMatchObject({
      Aliases: ['talks.college.edu'],
      ViewerCertificate: {
        AcmCertificateArn: { Ref: only('AWS::CertificateManager::Certificate').id },
        MinimumProtocolVersion: 'TLSv1.2_2021',
      },
    })
    const records = ofType('AWS::Route53::RecordSet').filter(
      ({ Properties }) => Properties.Name === 'talks.college.edu',
    )
    expect(records.map(({ Properties }) => Properties)).toMatchObject([
      { Type: 'CNAME', ResourceRecords: [{ 'Fn::GetAtt': [id, 'DomainName'] }] },
    ])
    expect([...ofType('AWS::ApiGatewayV2::DomainName'), ...ofType('AWS::ApiGatewayV2::ApiMapping')]).toEqual([])
    const told = ofType('AWS::Lambda::Function').map(({ Properties }) => Properties.Environment.Variables.PUBLIC_URL)
    expect(new Set(told.filter((url) => url !== undefined))).toEqual(new Set(['https://talks.college.edu']))
  })

  test('reaches the API encrypted, and shows its key, which those who answer HTTP know and nobody else', () => {
    const [origin] = distribution().Origins
    expect(origin.CustomOriginConfig).toEqual({ OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] })
    expect(origin.DomainName['Fn::Join'][1][0]).toEqual({ Ref: only('AWS::ApiGatewayV2::Api').id })
    const keys = keysOf(resources)
    expect([...keys.keys()].sort()).toEqual(['requests', 'subscriptions'])
    for (const accepted of keys.values()) expect(accepted.split(' ')[0]).toBe(shownBy(resources))
  })

  test('a new key is taken before it is shown, and the one before it until the next', () => {
    const after = withKey(3)
    const [first, second, third, fourth] = [1, 2, 3, 4].map((key) => frontKey(allOptions.addressKey, key))
    const taken = (among: typeof resources) => keysOf(among).get('requests')?.split(' ')
    expect(shownBy(resources)).toBe(second)
    expect(taken(resources)).toEqual([second, first, third])
    expect(shownBy(after)).toBe(third)
    expect(taken(after)).toEqual([third, second, fourth])
  })

  test('with key 0 it stands there and nobody is refused: the API answers under the same name, and the record leads here', () => {
    const begun = withKey(0)
    expect(keysOf(begun)).toEqual(new Map())
    expect(shownBy(begun)).toBe(frontKey(allOptions.addressKey, 0))
    expect(ofType('AWS::ApiGatewayV2::DomainName', begun).map(({ Properties }) => Properties.DomainName)).toEqual([
      'talks.college.edu',
    ])
    const [front] = ofType('AWS::CloudFront::Distribution', begun)
    expect(
      ofType('AWS::Route53::RecordSet', begun)
        .filter(({ Properties }) => Properties.Name === 'talks.college.edu')
        .map(({ Properties }) => Properties.ResourceRecords),
    ).toEqual([[{ 'Fn::GetAtt': [front?.id, 'DomainName'] }]])
  })
})

describe('the firewall', () => {
  test('stands before CloudFront, and lets through what no rule is about', () => {
    expect(firewall()).toMatchObject({ Scope: 'CLOUDFRONT', DefaultAction: { Allow: {} } })
    expect(distribution().WebACLId).toEqual({ 'Fn::GetAtt': [only('AWS::WAFv2::WebACL').id, 'Arn'] })
    expect(firewall().Rules.map(({ Name, Priority }: Rule) => [Name, Priority])).toEqual([
      ['one-click', 0],
      ['too-many', 1],
      ['too-long', 2],
      ['common', 3],
    ])
  })

  test('lets every one-click request through before anything else is asked, and no other', () => {
    const { Action, Statement } = rule('one-click')
    expect(Action).toEqual({ Allow: {} })
    const [{ ByteMatchStatement }, { RegexMatchStatement }] = Statement.AndStatement.Statements
    expect(ByteMatchStatement).toMatchObject({
      FieldToMatch: { Method: {} },
      PositionalConstraint: 'EXACTLY',
      SearchString: 'POST',
    })
    expect(RegexMatchStatement.FieldToMatch).toEqual({ UriPath: {} })
    const path = new RegExp(RegexMatchStatement.RegexString)
    const links = linksOf('https://talks.college.edu', { id: '01JABCDEFGHJKMNPQRSTVWXYZ0', secret: 'any' })
    const subscription = { person: 'any', series: 'after-the-talk', secret: 'any' }
    const { unsubscribe } = subscriptionLinks('https://talks.college.edu', subscription)
    for (const link of [links.stop, unsubscribe, nobodysLink('https://talks.college.edu')]) {
      expect(new URL(link).pathname).toMatch(path)
    }
    for (const link of [links.page, links.erase, links.events, links.confirm, links.home, `${links.stop}-everything`]) {
      expect(new URL(link).pathname).not.toMatch(path)
    }
    expect('/unsubscribe').not.toMatch(path)
    expect('/requests').not.toMatch(path)
  })

  test('takes forms as long as the functions do, whatever is written in them', () => {
    expect(rule('too-long').Statement.SizeConstraintStatement).toMatchObject({
      ComparisonOperator: 'GT',
      Size: MAX_BODY_BYTES,
      FieldToMatch: { Body: { OversizeHandling: 'MATCH' } },
    })
    const { DefaultSizeInspectionLimit } = firewall().AssociationConfig.RequestBody.CLOUDFRONT
    // Were it less, everything between the two would be too long.
    expect(Number(DefaultSizeInspectionLimit.replace('KB_', '')) * 1024).toBeGreaterThanOrEqual(MAX_BODY_BYTES)
    const { Name, VendorName, RuleActionOverrides } = rule('common').Statement.ManagedRuleGroupStatement
    expect(`${VendorName} ${Name}`).toBe('AWS AWSManagedRulesCommonRuleSet')
    expect(RuleActionOverrides.map((one: { Name: string }) => one.Name).sort()).toEqual([
      'CrossSiteScripting_BODY',
      'EC2MetaDataSSRF_BODY',
      'GenericLFI_BODY',
      'GenericRFI_BODY',
      'SizeRestrictions_BODY',
    ])
    for (const { ActionToUse } of RuleActionOverrides) expect(ActionToUse).toEqual({ Count: {} })
  })

  test('sends away who asks too often, and says for how long', () => {
    expect(rule('too-many')).toMatchObject({
      Statement: { RateBasedStatement: { AggregateKeyType: 'IP', EvaluationWindowSec: 300, Limit: 2000 } },
      Action: {
        Block: { CustomResponse: { ResponseCode: 429, ResponseHeaders: [{ Name: 'Retry-After', Value: '300' }] } },
      },
    })
    for (const name of ['too-many', 'too-long']) {
      const { CustomResponseBodyKey } = rule(name).Action.Block.CustomResponse
      expect(firewall().CustomResponseBodies[CustomResponseBodyKey].Content).toMatch(/^[A-Z].+\.$/)
    }
  })
})

test('a stage where it would not work, or would not keep anybody out, is refused, with the reason', () => {
  const errorsOf = (changed: Partial<Deployment['cloud']>, addressKey = allOptions.addressKey) =>
    Annotations.fromStack(stackOf({ ...allOptions, addressKey, cloud: { ...allOptions.cloud, ...changed } }))
      .findError('*', Match.stringLikeRegexp('cloud\\.front'))
      .map(({ entry }) => entry.data)
  expect(errorsOf({})).toEqual([])
  expect(errorsOf({ env: { account: '111122223333', region: 'eu-west-1' } })).toEqual([
    expect.stringContaining('in us-east-1 only, and this stage is in eu-west-1'),
  ])
  const { domain, ...nameless } = allOptions.cloud
  const { cloud: _, ...stage } = allOptions
  expect(
    Annotations.fromStack(stackOf({ ...stage, cloud: nameless }))
      .findError('*', Match.stringLikeRegexp('cloud\\.front'))
      .map(({ entry }) => entry.data),
  ).toEqual([expect.stringContaining('needs a domain')])
  expect(errorsOf({ keepData: false }, 'change-me-before-the-first-deployment')).toEqual([
    expect.stringContaining('made from addressKey'),
  ])
  const elsewhere = 'arn:aws:acm:eu-west-1:111122223333:certificate/00000000-0000-0000-0000-000000000000'
  expect(() => errorsOf({ domain: { name: domain?.name ?? '', certificateArn: elsewhere } })).toThrow(/us-east-1/)
})

test.each([
  ['192.0.2.1:46532', '192.0.2.1'],
  ['2001:db8:85a3::8a2e:370:7334:46532', '2001:db8:85a3::8a2e:370:7334'],
  ['[2001:db8:85a3::8a2e:370:7334]:443', '2001:db8:85a3::8a2e:370:7334'],
])('%s is the visitor at %s', (shown, address) => {
  expect(withoutPort(shown)).toBe(address)
})

test('only a whole key opens, of whatever number it is', () => {
  const keys = [frontKey('any long text', 2), frontKey('any long text', 1)]
  for (const key of keys) expect(isFrontKey(keys, key)).toBe(true)
  for (const wrong of ['', keys[0]?.slice(1), `${keys[0]}x`, keys.join(' '), frontKey('another text', 2)]) {
    expect(isFrontKey(keys, wrong ?? '')).toBe(false)
  }
})

describe('a function behind it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interviews-front-'))
  const key = shownBy(resources)
  const through = (address: string) => ({ 'x-front-key': key, 'cloudfront-viewer-address': address })
  let cloud: Cloud
  const { call, json } = visitor(() => cloud.url)

  // The stage of the other tests, told what the template with all options tells its functions; and who asks twice from one
  // network is sent away.
  beforeAll(async () => {
    const assembly = join(folder, 'assembly')
    cpSync(inject('assembly'), assembly, { recursive: true })
    changeFunctions(assembly, ({ Environment: { Variables } }, logicalId) => {
      const keys = keysOf(resources).get(logicalId.replace(/[0-9A-F]{8}$/, ''))
      if (!keys) return
      Variables.FRONT_KEYS = keys
      const stage = JSON.parse(Variables.STAGE ?? '')
      Variables.STAGE = JSON.stringify({ ...stage, caps: { ...stage.caps, refuseFromANetworkAnHour: 1 } })
    })
    cloud = await startCloud({ port: 0, dataDir: join(folder, 'data'), assembly, quiet: true })
  })
  afterAll(async () => {
    await cloud?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(['/', '/health', '/series', '/nowhere'])(
    'answers %s to CloudFront, and tells anybody else where to go',
    async (path) => {
      const refused = await call(path)
      expect(refused.status).toBe(403)
      expect(refused.headers.get('content-type')).toContain('application/problem+json')
      expect(refused.json).toMatchObject({
        status: 403,
        title: 'This address is not open',
        detail: `Please go to ${cloud.url}.`,
      })
      const wrong = await call(path, { headers: { ...through('192.0.2.1:1'), 'x-front-key': key.replace(/^./, '!') } })
      expect(wrong.status).toBe(403)
      const answered = await call(path, { headers: through('192.0.2.1:1') })
      expect(answered.status).toBe(path === '/nowhere' ? 404 : 200)
    },
  )

  test('answers one-click to CloudFront with any body, and stores nothing that came another way', async () => {
    const path = new URL(nobodysLink(cloud.url)).pathname
    const body = new FormData()
    body.set('List-Unsubscribe', 'One-Click')
    expect((await call(path, { method: 'POST', body, headers: through('192.0.2.1:1') })).status).toBe(404)
    expect((await call(path, { method: 'POST', body })).status).toBe(403)
    expect((await json('/requests', adasForm)).status).toBe(403)
  })

  test('counts by the visitor that CloudFront saw, whatever the visitor says of itself', async () => {
    const ask = (address: string, more: Record<string, string> = {}) =>
      json('/requests', adasForm, { ...through(address), ...more }).then(({ status }) => status)
    expect(await ask('198.51.100.7:1000')).toBe(202)
    expect(await ask('198.51.100.9:2000', { 'x-forwarded-for': '203.0.113.1' })).toBe(429)
    expect(await ask('203.0.113.7:1000')).toBe(202)
    expect(await ask('2001:db8:1:a::1:1000')).toBe(202)
    expect(await ask('2001:db8:1:b::2:2000')).toBe(429)
    expect(await ask('2001:db8:2::1:1000')).toBe(202)
  })
})
