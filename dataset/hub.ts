import { DatasetError } from "./errors";
import type { Answer, HttpClient } from "./http";
import { withoutQuery } from "./httpErrors";

/** A file of a data set repository at one commit. */
export interface HubFile {
  path: string;
  size: number;
}

interface RepositoryInfo {
  commit: string;
  /**
   * True if the hub reports `private: false` and `gated: false` (`DatasetInfo` of huggingface_hub). A hub that does not report
   * both, such as a mirror, may contain anything, so its data sets are not public.
   */
  isPublic: boolean;
}

/** The repository, revision and file that a request is about, and the token it was sent with. */
interface Subject {
  kind?: "datasets" | "models";
  dataset: string;
  revision: string;
  path?: string;
  token: string | undefined;
}

/** The hub's file API. */
export type HubClient = ReturnType<typeof createHubClient>;

/**
 * Creates a client of the hub's API, for data sets or for models. For models, `dataset` is the name of the
 * model.
 */
export function createHubClient(http: HttpClient, kind: "datasets" | "models" = "datasets") {
  const { token } = http;
  const api = (dataset: string): string => `${http.endpoint}/api/${kind}/${dataset}`;
  const pages = kind === "models" ? http.endpoint : `${http.endpoint}/datasets`;

  return {
    /** A branch, tag or commit. Errors: DatasetNotFound, RevisionNotFound, AccessDenied. */
    async info(dataset: string, revision: string): Promise<RepositoryInfo> {
      const url = `${api(dataset)}/revision/${encodeURIComponent(revision)}`;
      const answer = await http.get(url, {}, (given) => readJson(given, { kind, dataset, revision, token }));
      const { sha, private: isPrivate, gated } = (answer ?? {}) as Record<string, unknown>;
      if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha))
        throw notAHub(url, "its answer contains no commit (`sha`)");
      return { commit: sha, isPublic: isPrivate === false && gated === false };
    },

    /** All files. */
    async files(dataset: string, commit: string): Promise<HubFile[]> {
      const found: HubFile[] = [];
      let url: string | undefined = `${api(dataset)}/tree/${encodeURIComponent(commit)}?recursive=true`;
      while (url) {
        const page: { entries: unknown; next?: string } = await http.get(url, {}, async (answer) => ({
          entries: await readJson(answer, { kind, dataset, revision: commit, token }),
          next: nextPage(answer),
        }));
        if (!Array.isArray(page.entries)) throw notAHub(url, "its file list is not a list");
        for (const { type, path, size } of page.entries as Array<Record<string, unknown>>)
          if (type === "file" && typeof path === "string" && typeof size === "number")
            found.push({ path, size });
        url = page.next;
      }
      return found;
    },

    /** The text of a small file; undefined if the repository has no such file. */
    async text(dataset: string, commit: string, path: string): Promise<string | undefined> {
      return http.get(this.fileUrl(dataset, commit, path), {}, async (answer) => {
        const { response } = answer;
        if (response.status === 404 && response.headers.get("x-error-code") === "EntryNotFound")
          return undefined;
        if (!response.ok) throw await refusal(answer, { kind, dataset, revision: commit, path, token });
        return readText(answer);
      });
    },

    /** URL of a file's bytes. The hub redirects it to its CDN. */
    fileUrl(dataset: string, commit: string, path: string): string {
      const encoded = path.split("/").map(encodeURIComponent).join("/");
      return `${pages}/${dataset}/resolve/${encodeURIComponent(commit)}/${encoded}`;
    },
  };
}

/**
 * The error for a 4xx answer of the hub. Reads the `X-Error-Code` header and the status as `huggingface_hub`
 * does.
 */
export async function refusal(
  answer: Answer,
  { kind, dataset, revision, path, token }: Subject,
): Promise<DatasetError> {
  const { status, headers } = answer.response;
  const { host } = new URL(answer.url);
  const code = headers.get("x-error-code");
  const detail = headers.get("x-error-message") ?? (await bodyMessage(answer));
  const suffix = detail ? `: ${detail}` : "";
  const [what, option] = kind === "models" ? ["model", "--tokenizer"] : ["data set", "--dataset"];
  if (code === "RevisionNotFound") {
    return new DatasetError(
      "RevisionNotFound",
      `${what} ${dataset} has no revision ${JSON.stringify(revision)}`,
      "Set --revision to a branch, tag or commit of that data set; `main` is the default.",
    );
  }
  if (code === "EntryNotFound") {
    return new DatasetError(
      "HubAnswer",
      `${what} ${dataset} has no file ${path} at ${revision}`,
      "Run again; if the error persists, the repository is damaged: choose another --revision.",
    );
  }
  // After a redirect the answer is not the hub's: its signed URL has expired, or a proxy in between refuses
  // the request.
  if (code === null && path && answer.response !== answer.first) {
    return new DatasetError(
      "HubAnswer",
      `${host}, where the hub stores ${path}, answered ${status}${suffix}`,
      "Run again; if the error persists, a proxy or firewall blocks that host.",
    );
  }
  const isTokenRefused = status === 401 && code !== "RepoNotFound" && token;
  if (code === "GatedRepo" || status === 403 || isTokenRefused) {
    const access = token
      ? `check that HF_TOKEN is valid and may read ${dataset}`
      : `set HF_TOKEN to a token that may read ${dataset}`;
    return new DatasetError(
      "AccessDenied",
      `the hub refuses ${what} ${dataset} (${status}${suffix})`,
      `Accept the terms on the ${what}'s page, and ${access}.`,
    );
  }
  if (code === "RepoNotFound" || status === 404 || status === 401) {
    return new DatasetError(
      kind === "models" ? "Tokenizer" : "DatasetNotFound",
      `the hub at ${host} has no ${what} ${JSON.stringify(dataset)}, or it is private`,
      `Check the spelling of ${option} (namespace/name); if it is private, set HF_TOKEN to a token that may read it.`,
    );
  }
  return new DatasetError(
    "HubAnswer",
    `the hub answered ${status} for ${withoutQuery(answer.url)}${suffix}`,
    "Check HF_ENDPOINT and the options.",
  );
}

async function readJson(answer: Answer, subject: Subject): Promise<unknown> {
  if (!answer.response.ok) throw await refusal(answer, subject);
  const text = await readText(answer);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notAHub(answer.url, "its answer is not JSON", error);
  }
}

async function readText(answer: Answer): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of answer.body()) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

async function bodyMessage(answer: Answer): Promise<string | undefined> {
  if (answer.response.bodyUsed) return undefined;
  const text = await readText(answer);
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === "string" ? error : undefined;
  } catch {
    return text.length > 0 && text.length < 200 && !text.includes("<") ? text : undefined;
  }
}

/** The hub announces the next page of a list in a `Link: <…>; rel="next"` header. */
function nextPage(answer: Answer): string | undefined {
  const link = answer.response.headers.get("link");
  const next = link && /<([^>]+)>\s*;\s*rel="?next"?/.exec(link)?.[1];
  return next ? new URL(next, answer.url).href : undefined;
}

function notAHub(url: string, why: string, cause?: unknown): DatasetError {
  return new DatasetError(
    "HubAnswer",
    `${withoutQuery(url)} does not answer as a Hugging Face hub does: ${why}`,
    "Check HF_ENDPOINT (default https://huggingface.co) and any proxy in between.",
    { cause },
  );
}
