import type { Feature } from "../engine/feature.ts";
import { errorBody } from "./api-error.ts";
import { headersForAll } from "./headers.ts";
import type { Mock } from "./mock.ts";
import { mockRoutes } from "./routes.ts";

/**
 * A mock of OpenAI's API, for programs: all below `/v1`, errors included. It is open to the pages of all origins, since it reads
 * no cookie, and neither tells nor changes anything that is a visitor's.
 * @param mock undefined switches it off
 */
export function mock(mock: Mock | undefined): Feature {
  return {
    name: "mock",
    create:
      mock &&
      (() => ({
        origins: "any",
        routes: (router) => mockRoutes(router, mock),
        // OpenAI's packages know one shape of error only.
        errors: {
          path: "/v1",
          format: (problem) => ({ headers: headersForAll(), body: errorBody(problem) }),
        },
      })),
  };
}
