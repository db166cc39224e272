/** A local cloud in this process, with its own directory and ports, and a client that trusts it. */
import * as fs from "node:fs";
import * as https from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import { apiVersionsOf } from "../../../../local/cloud/strict/apiVersions";
import { type CloudOptions, createCloud, type RunningCloud } from "../../../../local/cloud/server";

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  // Tests look into answers freely.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

export interface TestCloud extends RunningCloud {
  home: string;
  logLines: string[];
  /**
   * One request with a token for ARM; `path` may be absolute. An api-version is added where ARM requires one.
   */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /**
   * Polls the operation of a PUT or DELETE to its end; returns the last status document or the first answer.
   */
  finish(answer: Answer): Promise<Answer>;
  /** Closes and deletes the directory. */
  dispose(): Promise<void>;
}

export function temporaryDirectory(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), "local-cloud-"));
}

export async function startTestCloud(options: Partial<CloudOptions> = {}): Promise<TestCloud> {
  const home = options.home ?? temporaryDirectory();
  const logLines: string[] = [];
  const running = await createCloud({
    port: 0,
    profile: "instant",
    parts: [],
    log: (line) => void logLines.push(line),
    ...options,
    home,
  });
  const ca = fs.readFileSync(running.caFile);
  const base = running.cloud.baseUrl;

  const call: TestCloud["call"] = (method, target, body, headers = {}) => {
    const url = new URL(target.startsWith("http") ? target : `${base}${target}`);
    if (!url.searchParams.has("api-version") && /^\/(subscriptions|providers)/i.test(url.pathname)) {
      url.searchParams.set("api-version", newestApiVersion(decodeURIComponent(url.pathname)));
    }
    const all: Record<string, string> = {
      authorization: `Bearer ${running.cloud.issueToken("https://management.azure.com")}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    };
    const payload = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    return request(url, method, all, payload, ca);
  };

  return {
    ...running,
    home,
    logLines,
    call,
    finish: async (answer) => {
      const poll = answer.headers["azure-asyncoperation"] ?? answer.headers["location"];
      if (typeof poll !== "string") return answer;
      for (;;) {
        const state = await call("GET", poll);
        if (state.status !== 202 && state.body?.status !== "InProgress") return state;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    dispose: async () => {
      await running.close();
      fs.rmSync(home, { recursive: true, force: true });
    },
  };
}

export function request(
  url: URL,
  method: string,
  headers: Record<string, string>,
  payload: string | undefined,
  ca: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = https.request(url, { method, headers, ca, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        const json = String(response.headers["content-type"]).includes("json");
        const body: unknown = json && text !== "" ? JSON.parse(text) : text;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    sent.on("error", reject);
    sent.end(payload);
  });
}

/** The newest version for an ARM path that is not a preview. */
export function newestApiVersion(path: string): string {
  return apiVersionsOf(path)?.findLast((version) => !version.endsWith("preview")) ?? "2024-04-01";
}

export const SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001";
