import type { AppProps } from 'aws-cdk-lib'

/**
 * How the app is synthesized, in code rather than in `cdk.json`, which only the CDK command reads: `npm start`, the
 * tests and `cdk deploy` get the same template to the letter.
 */
export const settings = {
  analyticsReporting: false,
  postCliContext: {
    'aws:cdk:enable-path-metadata': false,
    'aws:cdk:enable-asset-metadata': true,
    '@aws-cdk/aws-iam:minimizePolicies': true,
    '@aws-cdk/core:checkSecretUsage': true,
    '@aws-cdk/core:explicitStackTags': true,
    '@aws-cdk/aws-lambda:recognizeVersionProps': true,
    '@aws-cdk/aws-lambda:recognizeLayerVersion': true,
    '@aws-cdk/core:enablePartitionLiterals': true,
  },
} satisfies AppProps
