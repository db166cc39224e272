import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { DatasetError } from "./errors";
import type { HttpOptions } from "./http";
import type { ProxySettings } from "./proxy";

/**
 * Reads `HF_ENDPOINT`, `HF_HUB_OFFLINE` and the token as the `huggingface_hub` library does: `HF_TOKEN` or
 * the older `HUGGING_FACE_HUB_TOKEN`, otherwise, unless `HF_HUB_DISABLE_IMPLICIT_TOKEN` is set, the token
 * file of `huggingface-cli login` (`HF_TOKEN_PATH`, default `$HF_HOME/token`). Reads the proxies from
 * `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`; the lower-case name takes precedence.
 */
export function hubSettings(
  env: NodeJS.ProcessEnv,
): Pick<HttpOptions, "endpoint" | "token" | "offline" | "proxy"> {
  const endpoint = (env.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "");
  if (!/^https?:\/\/[^/]/.test(endpoint) || !URL.canParse(endpoint)) {
    throw new DatasetError(
      "Usage",
      `HF_ENDPOINT is ${JSON.stringify(env.HF_ENDPOINT)}, which is not an http(s) address`,
      "Unset it, or set it to the address of the hub, e.g. https://huggingface.co.",
    );
  }
  return { endpoint, token: findToken(env), offline: isTrue(env.HF_HUB_OFFLINE), proxy: findProxy(env) };
}

function findProxy(env: NodeJS.ProcessEnv): ProxySettings | undefined {
  const of = (name: string): string | undefined => {
    const value = env[name.toLowerCase()] || env[name];
    if (value && name !== "NO_PROXY" && !/^https?:\/\/[^/]/.test(value)) {
      throw new DatasetError(
        "Usage",
        `${name} is ${JSON.stringify(value.replace(/\/\/[^@/]*@/, "//…@"))}, which is not an http(s) address`,
        "Correct it, e.g. http://proxy.example:3128, or unset it.",
      );
    }
    return value || undefined;
  };
  const all = of("ALL_PROXY");
  const http = of("HTTP_PROXY") ?? all;
  const https = of("HTTPS_PROXY") ?? all;
  return http || https ? { http, https, no: of("NO_PROXY") } : undefined;
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
    return undefined; // No login on this machine. Public data sets need no token.
  }
}

function isTrue(value: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(value ?? "");
}
