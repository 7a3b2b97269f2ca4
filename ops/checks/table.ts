import { table as names } from '../../shared/names.ts'
import { type Check, type Finding, failure, ok, warning } from './finding.ts'

export const table: Check = {
  name: 'Table',
  why: 'All that is known of seekers and readers, and who asked for no more mail.',
  run: async (look) => {
    const { theOne, deployment, aws, restore } = look
    const { name: stage, cloud } = deployment
    const name = await theOne('AWS::DynamoDB::GlobalTable')
    const found = await look.table(name)
    if (!found) {
      return failure(
        `The table ${name} is gone.`,
        'It is to be had back as it was in its last moment, for 35 days: docs/runbook.md#restore',
      )
    }
    const all: Finding[] = []
    const update = (what: string): string => aws(`dynamodb update-table --table-name ${name} ${what}`)
    if (found.TableStatus === 'INACCESSIBLE_ENCRYPTION_CREDENTIALS') {
      all.push(
        failure(
          `${name} cannot be read: its key is switched off or about to be deleted.`,
          'Today: console, KMS → the key that the table names → Enable, or Cancel key deletion; DynamoDB archives the table after seven days',
          'Then run this again',
        ),
      )
    } else if (found.TableStatus !== 'ACTIVE' && found.TableStatus !== 'UPDATING') {
      all.push(
        failure(
          `${name} is ${found.TableStatus}: it can be read and written by nobody.`,
          'Run this again in some minutes',
        ),
      )
    }
    const index = found.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === names.dueIndex.name)
    if (index?.IndexStatus !== 'ACTIVE' && index?.IndexStatus !== 'UPDATING') {
      all.push(
        failure(
          `Its index "${names.dueIndex.name}" is ${index?.IndexStatus ?? 'missing'}: no tip goes out, and nothing lost is found.`,
          index ? 'Run this again when it is ACTIVE: DynamoDB fills it' : restore,
        ),
      )
    }
    if (
      !found.StreamSpecification?.StreamEnabled ||
      found.StreamSpecification.StreamViewType !== 'NEW_AND_OLD_IMAGES'
    ) {
      all.push(
        failure(
          'Its stream of changes is off: no mail is planned.',
          restore,
          `npx cdk deploy ${look.stackName}   (a new stream has another address: plan-mail is told it)`,
        ),
      )
    }
    if ((await look.recovery(name))?.PointInTimeRecoveryStatus !== 'ENABLED') {
      const words = 'Point-in-time recovery is off: what is deleted by mistake is gone.'
      const step = aws(
        `dynamodb update-continuous-backups --table-name ${name} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
      )
      all.push(cloud.keepData ? failure(words, step) : warning(words, step))
    }
    const ttl = await look.timeToLive(name)
    if (!/^ENABL/.test(ttl?.TimeToLiveStatus ?? '') || ttl?.AttributeName !== names.timeToLive) {
      all.push(
        failure(
          'Nothing expires: people are kept longer than they were promised.',
          ...(ttl?.AttributeName && ttl.AttributeName !== names.timeToLive
            ? [
                `Console: DynamoDB → Tables → ${name} → Additional settings: it now goes by "${ttl.AttributeName}"; turn that off first`,
              ]
            : []),
          aws(
            `dynamodb update-time-to-live --table-name ${name} --time-to-live-specification Enabled=true,AttributeName=${names.timeToLive}`,
          ),
        ),
      )
    }
    if (cloud.keepData && !found.DeletionProtectionEnabled) {
      all.push(warning('It can be deleted by one command.', update('--deletion-protection-enabled')))
    }
    if (!cloud.keepData && found.DeletionProtectionEnabled) {
      all.push(
        warning(
          `It is protected from deletion, and the stage says that its data need not be kept: destroying ${stage} would fail.`,
          `Only if nothing in it matters; if it does, infra/stages.ts: ${stage}.cloud.keepData: true. ${update('--no-deletion-protection-enabled')}`,
        ),
      )
    }
    return [ok(`${name} is active, can be recovered, and lets expire what is too old.`), ...all]
  },
}
