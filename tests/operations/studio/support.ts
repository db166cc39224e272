import { request } from "node:http";
import { type StudioOptions, startStudio } from "../../../operations/studio/server";
import { fakeCloud, type Reply } from "../../azureml/support";

export const workspace = { subscriptionId: "s", resourceGroupName: "rg", workspaceName: "ws" };
export const workspaceId =
  "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws";
/** The canaries: the token of the fake credential, and the key of the fake endpoint. */
export const secrets = ["secret-token", "secret-key"];

export type Answers = Record<string, unknown>;

/** A studio of a workspace that answers these paths below it, and 404 for all others. */
export async function studioOf(answers: Answers, options: Partial<StudioOptions> = {}) {
  const services: Answers = {
    [workspaceId]: {
      id: workspaceId,
      name: "ws",
      location: "westeurope",
      properties: {
        discoveryUrl: "https://api.test/discovery",
        mlFlowTrackingUri: "azureml://api.test/mlflow",
      },
    },
    "/discovery": { api: "https://api.test" },
  };
  const { session, sent } = fakeCloud(({ url }): Reply => {
    const path = decodeURIComponent(new URL(url).pathname);
    const answer = services[path] ?? answers[path.replace(`${workspaceId}/`, "")];
    const body = typeof answer === "function" ? (answer as (url: URL) => unknown)(new URL(url)) : answer;
    if (body === undefined)
      return { status: 404, body: { error: { code: "NotFound", message: "no such path" } } };
    return { status: 200, body };
  });
  const opened: string[] = [];
  const studio = await startStudio({
    place: { session, workspace, stack: "test", prices: { own: {}, currency: "USD" } },
    port: 0,
    everyMs: 20,
    onOpened: (next) => opened.push(next),
    ...options,
  });
  return { studio, sent, opened };
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** Sends a request with exactly these headers: `fetch` does not let a client set Host or Origin. */
export function send(
  port: number,
  path: string,
  {
    method = "GET",
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const call = request(
      { host: "127.0.0.1", port, path, method, headers: { ...json, ...headers } },
      (response) => {
        let text = "";
        const answer = (): void =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        response.on("data", (piece: Buffer) => {
          text += piece.toString();
          // A stream of events has no end: the first one is the answer.
          if (!response.headers["content-type"]?.startsWith("text/event-stream") || !text.endsWith("\n\n"))
            return;
          answer();
          call.destroy();
        });
        response.on("end", answer);
      },
    );
    call.on("error", reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Opens the printed address. Returns the headers of a browser that was let in. */
export async function enter(studio: {
  port: number;
  address: string;
}): Promise<{ cookie: string; origin: string }> {
  const { pathname, search } = new URL(studio.address);
  const { headers } = await send(studio.port, `${pathname}${search}`);
  const [cookie = ""] = String(headers["set-cookie"]).split(";");
  return { cookie, origin: `http://127.0.0.1:${studio.port}` };
}
