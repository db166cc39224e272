import { useEffect, useState } from "preact/hooks";

/** What a view shows. Old data stay while a new reading fails. */
export interface LiveState<Data> {
  data?: Data;
  problem?: string;
}

const unreachable = "The studio does not answer. Is `npm run studio` still running?";

/**
 * Follows a view of the server. A hidden page follows nothing: browsers allow six connections to a server, for all tabs
 * together (WHATWG HTML, "Server-sent events", authoring notes).
 * @param path below /live/.
 */
export function useLive<Data>(path: string): LiveState<Data> {
  const [state, setState] = useState<LiveState<Data> & { path: string }>({ path });
  useEffect(() => {
    let source: EventSource | undefined;
    const open = (): void => {
      if (source || document.hidden) return;
      source = new EventSource(`/live/${path}`);
      source.addEventListener("data", ({ data }: MessageEvent<string>) =>
        setState({ path, data: JSON.parse(data) as Data }),
      );
      source.addEventListener("problem", ({ data }: MessageEvent<string>) => {
        const { message } = JSON.parse(data) as { message: string };
        setState((before) => ({ ...(before.path === path ? before : {}), path, problem: message }));
      });
      source.onerror = () =>
        setState((before) => ({ ...(before.path === path ? before : {}), path, problem: unreachable }));
    };
    const toggle = (): void => {
      if (!document.hidden) return open();
      source?.close();
      source = undefined;
    };
    open();
    document.addEventListener("visibilitychange", toggle);
    return () => {
      document.removeEventListener("visibilitychange", toggle);
      source?.close();
    };
  }, [path]);
  // The first rendering of a new path still has the state of the old one.
  return state.path === path ? state : {};
}

/** Sends a request that a person has made with a button. Throws an Error with the server's message. */
export async function post<Answer>(path: string, body: unknown): Promise<Answer> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new Error(unreachable);
  });
  const answer = (await response.json()) as Answer & { message?: string };
  if (!response.ok) throw new Error(answer.message ?? `The studio answered ${response.status}.`);
  return answer;
}
