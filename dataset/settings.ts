import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { DatasetError } from "./errors";

/** What the Hugging Face environment variables say. */
export interface HubSettings {
  /** Hub address without trailing slash; default https://huggingface.co. */
  endpoint: string;
  token: string | undefined;
  offline: boolean;
}

/**
 * Reads `HF_ENDPOINT`, `HF_TOKEN` (or the older `HUGGING_FACE_HUB_TOKEN`), else the token file that `huggingface-cli login`
 * leaves (`HF_TOKEN_PATH`, default `$HF_HOME/token`), `HF_HUB_DISABLE_IMPLICIT_TOKEN` and `HF_HUB_OFFLINE`, as the
 * `huggingface_hub` library reads them.
 */
export function hubSettings(env: NodeJS.ProcessEnv): HubSettings {
  const endpoint = (env.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "");
  if (!/^https?:\/\/[^/]/.test(endpoint) || !URL.canParse(endpoint)) {
    throw new DatasetError(
      "Usage",
      `HF_ENDPOINT is ${JSON.stringify(env.HF_ENDPOINT)}, which is not an http(s) address`,
      "Unset it, or set it to the address of the hub, e.g. https://huggingface.co.",
    );
  }
  return { endpoint, token: findToken(env), offline: isTrue(env.HF_HUB_OFFLINE) };
}

function findToken(env: NodeJS.ProcessEnv): string | undefined {
  const explicit = (env.HF_TOKEN ?? env.HUGGING_FACE_HUB_TOKEN)?.trim();
  if (explicit) return explicit;
  if (isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  const cache = env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const path = env.HF_TOKEN_PATH ?? join(env.HF_HOME ?? join(cache, "huggingface"), "token");
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch {
    return undefined; // Nobody logged in on this machine: public data sets need no token.
  }
}

function isTrue(value: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(value ?? "");
}
