import { hasStatus, parseServiceError, requestFailure } from "../../azureml/http/failure";
import { retryAfterMs } from "../../azureml/http/http";
import { redactedLine, redact } from "../../azureml/http/redact";
import { fakeCloud } from "./support";

const get = {
  method: "GET",
  url: "https://arm.test/thing",
  what: 'thing "x"',
  scope: "https://arm.test/.default",
} as const;

describe("a request", () => {
  test("has a token, a correlation id and a query with %20 for spaces", async () => {
    const { session, sent } = fakeCloud(() => ({ status: 200, body: { ok: true } }));
    const answer = await session.http({
      ...get,
      query: { $orderBy: "createdtime desc", $top: 1, none: undefined },
    });
    expect(answer.body).toEqual({ ok: true });
    expect(sent[0]?.url).toBe("https://arm.test/thing?%24orderBy=createdtime%20desc&%24top=1");
    expect(sent[0]?.headers.get("authorization")).toBe("Bearer secret-token");
    expect(sent[0]?.headers.get("x-ms-client-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(sent[0]?.headers.get("user-agent")).toMatch(/^azureml-finetune/);
  });

  test.each([429, 500, 503])("is retried after %d, with the wait the service requests", async (status) => {
    const { session, sent } = fakeCloud((_, index) =>
      index < 2 ? { status, headers: { "retry-after-ms": "1" } } : { status: 200, body: {} },
    );
    expect((await session.http(get)).status).toBe(200);
    expect(sent).toHaveLength(3);
  });

  test("fails after its retries with the service's message", async () => {
    const { session, sent } = fakeCloud(() => ({
      status: 503,
      body: { error: { code: "ServerBusy", message: "busy" } },
      headers: { "x-ms-request-id": "r-1" },
    }));
    await expect(session.http({ ...get, maxRetries: 2 })).rejects.toThrow(
      '[ServiceFailed] thing "x": Azure returned an error (503 ServerBusy: busy). Run the command again: completed work is not repeated. If the error persists, give Azure support the request id r-1.',
    );
    expect(sent).toHaveLength(3);
  });

  test("reports an unreachable host without the token", async () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
    const { session } = fakeCloud(() => ({ status: 0, error: refused }));
    const error = await session.http({ ...get, maxRetries: 1 }).catch((thrown: Error) => thrown);
    expect(String(error)).toContain(
      '[NotReachable] thing "x": arm.test does not respond (connect ECONNREFUSED',
    );
    expect(JSON.stringify(error)).not.toContain("secret-token");
    expect((error as Error).cause).toBe(refused);
  });

  test("is sent again without an answer within its limit", async () => {
    const aborted = Object.assign(new Error("The operation was aborted."), { name: "AbortError" });
    const { session, sent } = fakeCloud((_, index) =>
      index < 2 ? { status: 0, error: aborted } : { status: 200, body: {} },
    );
    expect((await session.http(get)).status).toBe(200);
    expect(sent.map(({ timeout }) => timeout)).toEqual([60_000, 60_000, 60_000]);
    const silent = fakeCloud(() => ({ status: 0, error: aborted }));
    await expect(silent.session.http({ ...get, maxRetries: 1 })).rejects.toThrow("no answer within 60 s");
    expect(silent.sent).toHaveLength(2);
  });

  test("is not sent again after its caller has aborted it", async () => {
    const caller = new AbortController();
    const aborted = Object.assign(new Error("The operation was aborted."), { name: "AbortError" });
    const { session, sent } = fakeCloud(() => {
      caller.abort();
      return { status: 0, error: aborted };
    });
    await expect(session.http({ ...get, signal: caller.signal })).rejects.toBe(aborted);
    expect(sent).toHaveLength(1);
  });

  test("does not follow redirects", async () => {
    const { session, sent } = fakeCloud(() => ({ status: 307, headers: { location: "https://evil.test/" } }));
    await expect(session.http(get)).rejects.toThrow("[RequestRefused]");
    expect(sent.every((request) => request.url.startsWith("https://arm.test/"))).toBe(true);
  });

  test("sends no token without https", async () => {
    const { session, sent } = fakeCloud(() => ({ status: 200 }));
    await expect(session.http({ ...get, url: "http://arm.test/thing" })).rejects.toThrow(/https/);
    expect(sent).toHaveLength(0);
  });
});

describe("an error response", () => {
  test("includes details and inner errors without duplicates", () => {
    const body = {
      error: {
        code: "BadRequest",
        message: "The request is invalid.",
        details: [
          { code: "X", message: "Not enough quota available for Standard_F4s_v2." },
          { message: "The request is invalid." },
        ],
        innererror: { innererror: { message: "deep" } },
      },
    };
    expect(parseServiceError(body, "")).toEqual({
      code: "BadRequest",
      message: "The request is invalid. — Not enough quota available for Standard_F4s_v2. — deep",
    });
  });

  test.each<[unknown, string, string, string]>([
    [{ error_code: "RESOURCE_DOES_NOT_EXIST", message: "no run" }, "", "RESOURCE_DOES_NOT_EXIST", "no run"],
    [{ message: "bare" }, "", "Unknown", "bare"],
    [undefined, "<html>\n  proxy </html>", "Unknown", "<html> proxy </html>"],
    [undefined, "", "Unknown", "no message"],
    ["text", "text", "Unknown", "text"],
  ])("can have another shape (%j)", (body, text, code, message) => {
    expect(parseServiceError(body, text)).toEqual({ code, message });
  });

  test.each([
    [401, "ExpiredToken", "x", "Unauthorized"],
    [403, "AuthorizationFailed", "x", "Unauthorized"],
    [404, "ResourceNotFound", "x", "NotFound"],
    [400, "ClusterMinNodesExceedCoreQuota", "x", "QuotaExceeded"],
    [400, "BadRequest", "Not enough quota available for", "QuotaExceeded"],
    [400, "BadRequest", "x", "RequestRefused"],
    [409, "Conflict", "x", "RequestRefused"],
    [429, "TooManyRequests", "x", "ServiceFailed"],
    [500, "Internal", "x", "ServiceFailed"],
  ])("%d %s (%s) becomes %s", (status, code, message, expected) => {
    const error = requestFailure("thing", status, { code, message }, "id");
    expect(error.code).toBe(expected);
    expect(hasStatus(error, status)).toBe(true);
    expect(hasStatus(error, 418)).toBe(false);
  });
});

test.each([
  ["https://x/?a=1&sig=abc%2F&b=2", "https://x/?a=1&sig=***&b=2"],
  ["Authorization: Bearer abc.def-ghi", "Authorization: Bearer ***"],
  ["token eyJhbGciOi.eyJhdWQi.c2ln end", "token *** end"],
  ["AccountName=a;AccountKey=Zm9v==;x=1", "AccountName=a;AccountKey=***;x=1"],
  ['{"primaryKey":"k1","name":"n"}', '{"primaryKey":"***","name":"n"}'],
  ["nothing secret", "nothing secret"],
])("redacted: %s", (text, expected) => expect(redact(text)).toBe(expected));

test("long texts are shortened and put on one line", () => {
  expect(redactedLine("a\n  b")).toBe("a b");
  expect(redactedLine("x".repeat(50), 10)).toBe(`${"x".repeat(9)}…`);
});

test.each<[Record<string, string>, number | undefined]>([
  [{ "retry-after-ms": "100", "retry-after": "9" }, 100],
  [{ "retry-after": "2" }, 2_000],
  [{ "x-ms-retry-after-ms": "0" }, 0],
  [{ "retry-after": "soon" }, undefined],
  [{}, undefined],
])("the wait requested by %j is %s ms", (headers, expected) => {
  const answer = { status: 200, header: (name: string) => headers[name], body: {}, text: "", requestId: "" };
  expect(retryAfterMs(answer)).toBe(expected);
});
