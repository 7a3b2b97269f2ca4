/** An answer of a service that is an error, in the shape that the AWS SDK reads. */
export class ServiceError extends Error {
  override readonly name: string
  readonly status: number
  constructor(name: string, message: string, status = 400) {
    super(message)
    this.name = name
    this.status = status
  }
}
