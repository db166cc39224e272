import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type StackPreview, summarizePreview } from "../../../operations/pipeline/stackPreview";

/** A URN of stack `dev`. */
export const urn = (type: string, name: string): string =>
  `urn:pulumi:dev::azureml-finetune::azureml-finetune:components:X$${type}::${name}`;

export const deploymentType = "azure-native:machinelearningservices:OnlineDeployment";

/** Inputs of a deployment. */
export const deployment = (size: string, capacity: number) => ({
  properties: { instanceType: size },
  sku: { capacity },
});

interface Document {
  steps?: unknown[];
  diagnostics?: { message: string; severity: string }[];
}

/** The summary of a preview that printed this. */
export const previewOf = (
  document: Document,
  more: { stack?: string; commit?: string; failure?: string } = {},
): StackPreview => summarizePreview(document as never, { stack: "dev", ...more });

export const info = (message: string) => ({ message, severity: "info" });

/** A request as a server received it. */
export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: unknown;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** A server on loopback with a handler; `received` has every request. */
export async function serve(
  handle: (request: Received) => Answer,
): Promise<{ address: string; received: Received[]; close: () => Promise<void> }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const one: Received = {
        ...{ method: request.method ?? "", url: request.url ?? "", headers: request.headers },
        body: text === "" ? undefined : JSON.parse(text),
      };
      received.push(one);
      const { status = 200, headers = {}, body } = handle(one);
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(body === undefined ? "" : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
