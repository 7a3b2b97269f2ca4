import { CfnOutput, Stack } from 'aws-cdk-lib'
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53'
import { Construct } from 'constructs'
import type { Deployment } from './stages.ts'

export type DnsRecord = { type: 'CNAME' | 'MX' | 'TXT'; name: string; value: string }

/** Records that have to be in the DNS: made in the zone of the stage, or printed by the deployment to be copied. */
export class DnsRecords extends Construct {
  constructor(scope: Construct, id: string, { cloud }: Pick<Deployment, 'cloud'>, records: readonly DnsRecord[]) {
    super(scope, id)
    const { hostedZone } = cloud
    if (!hostedZone) {
      new CfnOutput(Stack.of(this), `DnsRecordsFor${scope.node.id}`, {
        description: 'Copy these to where the domain is kept: type, name, value',
        value: ['', ...records.map(({ type, name, value }) => `${type.padEnd(5)}  ${name}  ${value}`)].join('\n'),
      })
      return
    }
    for (const [index, { type, name, value }] of records.entries()) {
      new CfnRecordSet(this, `record${index + 1}`, {
        hostedZoneId: hostedZone.id,
        type,
        name,
        ttl: '1800',
        resourceRecords: [value],
      })
    }
  }
}
