import { ApiError } from "./api-error.ts";

/** The models that there are. The real names let programs run unchanged; all of them answer alike. */
const MODELS = ["brooklet-mock", "gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-5", "gpt-5-mini"];

const CREATED = Date.UTC(2025, 0, 1) / 1000;

export function models() {
  return { object: "list", data: MODELS.map(model) };
}

/** @throws ApiError 404 `model_not_found` */
export function model(id: string) {
  if (!MODELS.includes(id)) {
    const message = `There is no such model. There are: ${MODELS.join(", ")}.`;
    throw new ApiError(404, "model_not_found", message, { param: "model" });
  }
  return { id, object: "model", created: CREATED, owned_by: "brooklet" };
}
