import type { HttpRequest } from "../http/http";
import type { AzureSession } from "./session";

/**
 * The same session, with the service's time of the latest response (header `Date`, RFC 9110 6.6.1) in milliseconds since 1970. The
 * clock of this machine can be wrong, and jumps when the machine wakes up. `now` is `undefined` before the first response with a date.
 */
export function withServiceTime(session: AzureSession): {
  session: AzureSession;
  now(): number | undefined;
} {
  let latest: number | undefined;
  const http = async (request: HttpRequest): ReturnType<AzureSession["http"]> => {
    const response = await session.http(request);
    const date = Date.parse(response.header("date") ?? "");
    if (Number.isFinite(date)) latest = date;
    return response;
  };
  return { session: { ...session, http }, now: () => latest };
}
