import { ApiError } from "./api-error.ts";

/** The models that are listed. Any other name is answered as well: people develop against names of their own. */
const MODELS = ["brooklet-mock", "gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-5", "gpt-5-mini"];

/** The longest name of a model, which each event repeats. */
export const MAX_MODEL_CHARACTERS = 200;

const CREATED = Date.UTC(2025, 0, 1) / 1000;

export function models() {
  return { object: "list", data: MODELS.map(model) };
}

export function model(id: string) {
  return { id, object: "model", created: CREATED, owned_by: "brooklet" };
}

/** A model by the end of a path, `gpt-4o` or `openai%2Fgpt-4o`. @throws ApiError 404 `model_not_found` */
export function modelAt(path: string) {
  let id = "";
  try {
    id = decodeURIComponent(path);
  } catch {
    // No name is written like that.
  }
  if (id !== "" && id.length <= MAX_MODEL_CHARACTERS && !/\p{Cc}/u.test(id)) return model(id);
  throw new ApiError(404, "model_not_found", "That is no name of a model.", { param: "model" });
}
