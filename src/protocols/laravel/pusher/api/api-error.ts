/** A refusal of the HTTP API: a status and a line of text for the developer. */
export class ApiError extends Error {
  readonly status: 400 | 401 | 403 | 404 | 413

  constructor(status: ApiError['status'], message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
  }
}
