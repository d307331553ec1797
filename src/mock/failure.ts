import { ApiError } from "./api-error.ts";

/** Each kind of error that OpenAI's API gives, with its own words for it. */
const FAILURES: Readonly<Record<number, () => ApiError>> = {
  400: () => new ApiError(400, "invalid_value", "This is the 400 that the prompt asked for.", { param: "messages" }),
  401: () => new ApiError(401, "invalid_api_key", "Incorrect API key provided. Send another one."),
  404: () => new ApiError(404, "model_not_found", "The model does not exist or you do not have access to it."),
  429: () =>
    new ApiError(429, "rate_limit_exceeded", "Rate limit reached for requests. Please try again in 1s.", {
      headers: { "Retry-After": "1", "X-RateLimit-Remaining-Requests": "0" },
    }),
  500: () => new ApiError(500, "server_error", "The server had an error while processing your request. Try again."),
  503: () => new ApiError(503, "overloaded", "The engine is currently overloaded. Please try again later."),
};

export const STATUSES = Object.keys(FAILURES).map(Number);

export function failure(status: number): ApiError | undefined {
  return FAILURES[status]?.();
}
