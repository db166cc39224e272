/**
 * The operations of Microsoft's Go clients, read from the sources that the module proxy serves: method, path, query
 * parameters, and the statuses that the client accepts. The sources are generated from the OpenAPI files of the services.
 */
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import type { Recorded } from "./recording";

export interface Operation {
  /** `GET`, `PUT`, … */
  method: string;
  /** Matches a path whatever its case. */
  at: RegExp;
  /** The accepted statuses. */
  statuses: number[];
  required: string[];
  optional: string[];
  /** Client and method, for example `WorkspacesClient.delete`. */
  name: string;
}

const methods: Record<string, string> = {
  MethodGet: "GET",
  MethodPut: "PUT",
  MethodPost: "POST",
  MethodPatch: "PATCH",
  MethodDelete: "DELETE",
  MethodHead: "HEAD",
};
const statuses: Record<string, number> = {
  StatusOK: 200,
  StatusCreated: 201,
  StatusAccepted: 202,
  StatusNoContent: 204,
  StatusNotFound: 404,
};

/** All operations of the clients in a module's folder. */
export function operationsIn(moduleFolder: string): Operation[] {
  const files = readdirSync(moduleFolder).filter((name) => name.endsWith("_client.go"));
  return files.flatMap((file) => {
    const text = readFileSync(path.join(moduleFolder, file), "utf8");
    const functions = [...text.matchAll(/^func \(client \*(\w+)\) (\w+)\([\s\S]*?^\}$/gm)].map(
      ([body, client = "", name = ""]) => ({ body, client, name }),
    );
    return functions
      .filter(({ name }) => name.endsWith("CreateRequest"))
      .map(({ body, client, name }) => {
        const callers = functions.filter((one) => one.body.includes(`client.${name}(`));
        return operation(client, name, body, callers.map((one) => one.body).join("\n"));
      });
  });
}

function operation(client: string, name: string, request: string, caller: string): Operation {
  const [, template = ""] = /urlPath := "([^"]*)"/.exec(request) ?? [];
  const [, method = ""] = /http\.(Method\w+)/.exec(request) ?? [];
  const [, accepted = ""] = /HasStatusCode\(\w+, ([^)]*)\)/.exec(caller) ?? [];
  const set = [...request.matchAll(/^(\t+)reqQP\.Set\("([^"]+)"/gm)];
  return {
    method: methods[method] ?? method,
    at: pattern(template),
    // Lists leave the check to the SDK's core, which accepts 200.
    statuses: accepted
      ? accepted.split(", ").map((status) => statuses[status.replace("http.", "")] ?? 0)
      : [200],
    // A parameter that the client sets inside a condition is optional.
    required: set.filter(([, indent]) => indent === "\t").map(([, , query = ""]) => query),
    optional: set.filter(([, indent]) => indent !== "\t").map(([, , query = ""]) => query),
    name: `${client}.${name.replace(/CreateRequest$/, "")}`,
  };
}

function pattern(template: string): RegExp {
  const escaped = template.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  // A scope and the id of a resource contain slashes.
  return new RegExp(
    `^${escaped.replace(/\/\{(scope|resourceUri)\}/, "/.+").replace(/\{[^}]+\}/g, "[^/]+")}$`,
    "i",
  );
}

/** What is wrong with a request and its answer, according to the operation. Refusals of the service (4xx) are no mistakes. */
export function mistakes(
  { query, status }: Recorded,
  { required, optional, statuses: accepted }: Operation,
): string[] {
  const sent = [...query.keys()];
  return [
    ...required.filter((name) => !sent.includes(name)).map((name) => `lacks the query parameter ${name}`),
    ...sent
      .filter((name) => ![...required, ...optional].includes(name))
      .map((name) => `sends the query parameter ${name}, which the operation does not have`),
    ...(status >= 400 || accepted.includes(status)
      ? []
      : [`is answered with ${status}; the client accepts ${accepted.join(", ")}`]),
  ];
}
