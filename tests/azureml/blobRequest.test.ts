import { RestError } from "@azure/core-rest-pipeline";
import { sendBlobRequest } from "../../azureml/clients/blobRequest";

/** A request that fails with these statuses, one after the other, and then succeeds. */
function failing(...statusCodes: number[]) {
  return jest.fn(() => {
    const statusCode = statusCodes.shift();
    return statusCode === undefined
      ? Promise.resolve("answer")
      : Promise.reject(new RestError("failed", { statusCode }));
  });
}

describe("a request of the blob client", () => {
  test.each([408, 429, 502, 504])("is sent again after %d", async (status) => {
    const send = failing(status, status);
    await expect(sendBlobRequest(send, { waitMs: 1 })).resolves.toBe("answer");
    expect(send).toHaveBeenCalledTimes(3);
  });

  test.each([403, 404, 409])("is sent once if the answer is %d", async (status) => {
    const send = failing(status);
    await expect(sendBlobRequest(send, { waitMs: 1 })).rejects.toMatchObject({ statusCode: status });
    expect(send).toHaveBeenCalledTimes(1);
  });

  test("is sent again without an answer, and fails after five attempts", async () => {
    const send = jest.fn(
      ({ abortSignal }: { abortSignal: AbortSignal }) =>
        new Promise<never>((_, reject) => {
          abortSignal.addEventListener("abort", () => reject(new Error("aborted")));
        }),
    );
    await expect(sendBlobRequest(send, { limitMs: 1, waitMs: 1 })).rejects.toThrow(
      "no answer within 0.001 s",
    );
    expect(send).toHaveBeenCalledTimes(5);
  });

  test("does not end a download that has begun", async () => {
    let signal: { readonly aborted: boolean } | undefined;
    await sendBlobRequest(({ abortSignal }) => Promise.resolve((signal = abortSignal)), { limitMs: 1 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(signal?.aborted).toBe(false);
  });
});
