import { useState } from "preact/hooks";
import type { ChatAnswer } from "../chat";
import type { EndpointPage } from "../views/endpoints";
import { post, useLive } from "./live.js";
import { Choice, State } from "./parts.js";

interface Settings {
  temperature: number;
  topP: number;
  maxNewTokens: number;
}

/** A question with its answer, or why there is none. `content` is absent while the answer is awaited. */
interface Turn {
  question: string;
  answer?: ChatAnswer;
  problem?: string;
}

/** The test tab: a chat with an endpoint, or with two of its deployments side by side. */
export function Test() {
  const state = useLive<EndpointPage[]>("endpoints");
  return (
    <State
      state={state}
      what="endpoints"
      isEmpty={(found) => found.length === 0}
      hint="endpoint.enabled: true creates one."
    >
      {(endpoints) => <Tester endpoints={endpoints} />}
    </State>
  );
}

/** The value of the choice "whatever the traffic split chooses". */
const bySplit = "";
const nobody = "-";

function Tester({ endpoints }: { endpoints: EndpointPage[] }) {
  const [name, setName] = useState(endpoints[0]?.name ?? "");
  const endpoint = endpoints.find((one) => one.name === name) ?? endpoints[0];
  const [left, setLeft] = useState(bySplit);
  const [right, setRight] = useState(nobody);
  const [settings, setSettings] = useState<Settings>({ temperature: 0, topP: 0.9, maxNewTokens: 200 });
  const [turns, setTurns] = useState<Record<string, Turn[]>>({});
  const [text, setText] = useState("");
  const columns = [left, ...(right === nobody ? [] : [right])];
  const isBusy = columns.some((column) => turns[column]?.some(({ answer, problem }) => !answer && !problem));

  async function askOne(deployment: string, question: string): Promise<void> {
    const before = turns[deployment] ?? [];
    const put = (turn: Turn): void => setTurns((all) => ({ ...all, [deployment]: [...before, turn] }));
    put({ question });
    // Turns without an answer are no part of the conversation.
    const history = before.flatMap(({ question: asked, answer }) =>
      answer?.answer
        ? [
            { role: "user", content: asked },
            { role: "assistant", content: answer.answer },
          ]
        : [],
    );
    try {
      const answer = await post<ChatAnswer>("/api/ask", {
        endpoint: endpoint?.name,
        ...(deployment === bySplit ? {} : { deployment }),
        messages: [...history, { role: "user", content: question }],
        ...settings,
      });
      put({ question, answer });
    } catch (error) {
      put({ question, problem: (error as Error).message });
    }
  }

  function send(event: Event): void {
    event.preventDefault();
    const question = text.trim();
    if (question === "" || isBusy) return;
    setText("");
    for (const column of columns) void askOne(column, question);
  }

  const deployments = endpoint?.deployments ?? [];
  const options = deployments.map((one) => ({ value: one.name, text: `${one.name} (${one.model})` }));
  const split = { value: bySplit, text: "by traffic split" };
  const numbers: [keyof Settings, string, { min: number; max: number; step: number }][] = [
    ["temperature", "Temperature", { min: 0, max: 2, step: 0.1 }],
    ["topP", "Top p", { min: 0.05, max: 1, step: 0.05 }],
    ["maxNewTokens", "Longest answer, in tokens", { min: 1, max: 4096, step: 1 }],
  ];
  return (
    <>
      <div class="form">
        {endpoints.length > 1 && (
          <Choice
            label="Endpoint"
            value={name}
            options={endpoints.map((one) => ({ value: one.name, text: one.name }))}
            onChange={setName}
          />
        )}
        <Choice label="Deployment" value={left} options={[split, ...options]} onChange={setLeft} />
        <Choice
          label="Beside it"
          value={right}
          options={[{ value: nobody, text: "nothing" }, ...options]}
          onChange={setRight}
        />
        {numbers.map(([key, label, limits]) => (
          <label key={key}>
            {label}
            <input
              type="number"
              {...limits}
              value={settings[key]}
              onChange={({ currentTarget }) =>
                setSettings({ ...settings, [key]: Number(currentTarget.value) })
              }
            />
          </label>
        ))}
      </div>
      <div class="columns">
        {columns.map((column) => (
          <section key={column} class="card chat" aria-label={`Answers of ${column || "the endpoint"}`}>
            <h2>{column || "By traffic split"}</h2>
            {(turns[column] ?? []).length === 0 && <p class="state">No question yet.</p>}
            {(turns[column] ?? []).map((turn, index) => (
              <Exchange key={index} turn={turn} />
            ))}
          </section>
        ))}
      </div>
      <form class="ask" onSubmit={send}>
        <label>
          Question
          <textarea
            rows={2}
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
            onKeyDown={(event) => event.key === "Enter" && !event.shiftKey && send(event)}
          />
        </label>
        <button type="submit" disabled={isBusy || text.trim() === ""}>
          Ask
        </button>
        <button type="button" disabled={isBusy} onClick={() => setTurns({})}>
          Clear
        </button>
      </form>
    </>
  );
}

function Exchange({ turn: { question, answer, problem } }: { turn: Turn }) {
  const failed = answer !== undefined && (answer.status < 200 || answer.status >= 300);
  return (
    <>
      <p class="bubble question">
        <span class="hidden">Question: </span>
        {question}
      </p>
      <div class={`bubble ${failed || problem ? "problem" : "answer"}`} aria-live="polite">
        <span class="hidden">Answer: </span>
        {problem ?? (answer ? answer.answer || `${answer.status}: ${answer.detail}` : "…")}
      </div>
      {answer && (
        <details>
          <summary>
            {answer.status}, {answer.latencyMs} ms, raw request
          </summary>
          <pre tabIndex={0} aria-label="Raw request and answer">
            {raw(answer)}
          </pre>
        </details>
      )}
    </>
  );
}

const raw = ({ request: { method, url, headers, body }, status, detail }: ChatAnswer): string =>
  [
    `${method} ${url}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    "",
    JSON.stringify(body, undefined, 2),
    "",
    String(status),
    detail,
  ].join("\n");
