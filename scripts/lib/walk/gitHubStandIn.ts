import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A comment or an issue. */
interface Written {
  id: number;
  number: number;
  body: string;
  title?: string;
  state?: string;
  labels?: string[];
  /** The pull request or issue of a comment. */
  of?: number;
  user: { type: string };
  html_url: string;
}

/** The requests of one walk. `written`: what it wrote; an issue has a title, a comment has none. */
export interface GitHubStandIn {
  address: string;
  written(): Written[];
  /** Files that a pull request of this walk changes, by path. */
  files(): Record<string, string>;
  close(): Promise<void>;
}

/**
 * A server on loopback with the few requests of GitHub's API that the pipeline sends: comments of a pull request, and issues.
 * Any other request is refused, as one that needs another permission.
 * @param file where it stores what was written, for the next walk.
 */
export async function startGitHubStandIn(file: string): Promise<GitHubStandIn> {
  const all: Written[] = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Written[]) : [];
  const changed = new Set<Written>();
  const files: Record<string, string> = {};
  const answer = (
    method: string,
    url: URL,
    body: Partial<Written> & { content?: string },
  ): [number, unknown] => {
    const path = url.pathname.replace(/^\/repos\/[^/]+\/[^/]+/, "");
    // The branch, the commit and the pull request of a promotion.
    if (path === "") return [200, { default_branch: "main" }];
    if (method === "GET" && /^\/git\/ref\/|^\/contents\//.test(path))
      return [200, { sha: "0", object: { sha: "0" } }];
    if (method === "POST" && path === "/git/refs") return [201, {}];
    if (method === "PUT" && path.startsWith("/contents/")) {
      const name = decodeURIComponent(path.slice("/contents/".length));
      files[name] = Buffer.from(body.content ?? "", "base64").toString("utf8");
      return [201, {}];
    }
    if (method === "GET" && path === "/pulls") return [200, []];
    const [, comments, comment, issues, issue] =
      /^\/repos\/[^/]+\/[^/]+\/issues(?:\/(\d+)\/comments|\/comments\/(\d+)|()|\/(\d+))$/.exec(
        url.pathname,
      ) ?? [];
    const create = (more: Partial<Written>): [number, unknown] => {
      const id = all.length + 1;
      const html_url = `${url.origin}${url.pathname}#${id}`;
      const one = { ...{ id, number: id, user: { type: "Bot" }, html_url, body: "" }, ...body, ...more };
      all.push(one);
      changed.add(one);
      return [201, one];
    };
    if (method === "POST" && path === "/pulls") return create({ state: "open" });
    const change = (id: number): [number, unknown] => {
      const one = all.find((written) => written.id === id);
      if (!one) return [404, { message: "Not Found" }];
      changed.add(one);
      return [200, Object.assign(one, body)];
    };
    if (method === "GET" && comments) return [200, all.filter(({ of }) => of === Number(comments))];
    if (method === "POST" && comments) return create({ of: Number(comments) });
    if (method === "PATCH" && comment) return change(Number(comment));
    if (method === "GET" && issues !== undefined) {
      const label = url.searchParams.get("labels") ?? "";
      return [200, all.filter(({ state, labels }) => state === "open" && labels?.includes(label))];
    }
    if (method === "POST" && issues !== undefined) return create({ state: "open" });
    if (method === "PATCH" && issue) return change(Number(issue));
    return [403, { message: "Resource not accessible by integration" }];
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const url = new URL(request.url ?? "", `http://${request.headers.host ?? ""}`);
      const text = Buffer.concat(chunks).toString("utf8");
      const body = text === "" ? {} : (JSON.parse(text) as Partial<Written>);
      const [status, result] = answer(request.method ?? "", url, body);
      if (request.method !== "GET") writeFileSync(file, JSON.stringify(all, null, 2));
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(result));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    written: () => [...changed],
    files: () => files,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
