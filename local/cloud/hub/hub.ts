import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { ArmError } from "../armError";
import type { Cloud, Part } from "../cloud";
import { registerApi, type ApiContext } from "./api";
import { HubError, sendHubError } from "./errors";
import { registerFiles } from "./files";
import { seedDataset, seedTokenizer } from "./seed";
import { openHubStorage, type HubStorage } from "./storage";

/** Path prefix of the hub: `HF_ENDPOINT` is the cloud's address plus this. */
export const hubPrefix = "/hub";

/**
 * The Hugging Face hub's file and parquet APIs, with a generated stand-in for `HuggingFaceH4/ultrachat_200k`
 * and the base model's tokenizer, both written on first use (about two seconds).
 */
export const registerHub: Part = (app, cloud) => {
  const storage = openHubStorage(join(cloud.home, "hub"));
  const stop = new AbortController();
  let seeding: Promise<void> | undefined;
  const seed = async (): Promise<void> => {
    await seedTokenizer(storage);
    const started = Date.now();
    const generated = await seedDataset(storage, { signal: stop.signal });
    if (generated) cloud.log("hub", `data set generated in ${Date.now() - started} ms`);
  };
  // A failure (a full disk) is reported to the caller, and the next call tries again.
  const ready = (): Promise<void> =>
    (seeding ??= seed().catch((error: unknown) => {
      seeding = undefined;
      throw error;
    }));
  cloud.onClose(async () => {
    stop.abort();
    await seeding?.catch(() => undefined);
  });
  serveHub(app, cloud, storage, ready);
};

export function serveHub(
  app: FastifyInstance,
  cloud: Pick<Cloud, "baseUrl" | "log">,
  storage: HubStorage,
  ready: () => Promise<void>,
): void {
  const context: ApiContext = { storage, ready, hubUrl: () => `${cloud.baseUrl}${hubPrefix}` };
  void app.register(
    (scope, _options, done) => {
      scope.addContentTypeParser(
        "application/x-www-form-urlencoded",
        { parseAs: "string" },
        (_request, body, parsed) => parsed(null, formFields(String(body))),
      );
      scope.setErrorHandler((error, _request, reply) => {
        if (error instanceof HubError) return sendHubError(reply, error);
        if (error instanceof ArmError)
          return sendHubError(reply, new HubError(error.status, undefined, error.message));
        cloud.log("hub", error instanceof Error ? (error.stack ?? error.message) : String(error));
        return sendHubError(
          reply,
          new HubError(500, undefined, "Internal Error - see the local cloud's log"),
        );
      });
      registerApi(scope, context);
      registerFiles(scope, context);
      done();
    },
    { prefix: hubPrefix },
  );
}

/** Python's hub client posts forms; a repeated field is a list. */
function formFields(body: string): Record<string, string | string[]> {
  const fields = new URLSearchParams(body);
  return Object.fromEntries([...fields.keys()].map((name) => [name, fields.getAll(name)]));
}
