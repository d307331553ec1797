import { encodeEvent, type WireEvent } from "../event.ts";
import { ApiError } from "./api-error.ts";

/** The largest body that is read, in bytes. */
export const MOST_BYTES = 1024 * 1024;

/** A request's body. @throws ApiError 413 `body_too_large` */
export async function bytesOf(request: Request): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request.body ?? []) {
    size += part.length;
    if (size > MOST_BYTES) {
      throw new ApiError(413, "body_too_large", `The body is over ${MOST_BYTES / 1024} KiB. Send less at once.`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/**
 * Events as a body, each made only when its reader wants it. However it ends (told to its end, failed, or left by its
 * reader), `stop` is aborted then.
 */
export function bodyOf(events: AsyncGenerator<WireEvent>, stop: AbortController): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await events.next();
          if (!done) return controller.enqueue(encodeEvent(value));
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        stop.abort();
      },
      cancel: () => stop.abort(),
    },
    { highWaterMark: 0 }, // nothing is made beforehand
  );
}
