/**
 * In place of `@aws-sdk/endpoint-cache`: the DynamoDB client makes one when it is made, for the discovery of endpoints,
 * and no command of it ever asks for one.
 */
export class EndpointCache {}
