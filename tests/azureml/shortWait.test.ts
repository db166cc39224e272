import type { AzureSession } from "../../azureml/clients/session";
import { withShortWait } from "../../azureml/clients/shortWait";
import type { HttpRequest } from "../../azureml/http/http";

const request: HttpRequest = { method: "GET", url: "https://registry.example/x", what: 'registry "r"' };

function session(http: (request: HttpRequest) => Promise<never>): AzureSession {
  return { http } as unknown as AzureSession;
}

describe("a request with a short wait", () => {
  test("has one retry and a limit for each attempt", async () => {
    const seen: HttpRequest[] = [];
    const owner = session((sent) => {
      seen.push(sent);
      return Promise.reject(new Error("as sent"));
    });
    await expect(withShortWait(owner).http(request)).rejects.toThrow("as sent");
    expect(seen).toMatchObject([{ ...request, maxRetries: 1, timeoutMs: 10_000 }]);
    expect(withShortWait(owner)).toBe(withShortWait(owner));
  });

  test("ends as not reachable when the time for all attempts is over", async () => {
    const over = jest.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort());
    const http = () => Promise.reject(Object.assign(new Error("aborted"), { name: "AbortError" }));
    await expect(withShortWait(session(http)).http(request)).rejects.toThrow(
      '[NotReachable] registry "r": registry.example does not respond (no answer within 25 s)',
    );
    over.mockRestore();
  });
});
