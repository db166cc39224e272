import { type Case, type CaseResult, idOf, type Mode, resetTo } from "./cases";
import type { Harness, RunReport } from "./harness";
import { problemsInOutput, problemsWhenDestroyed, problemsWhenUp } from "./invariants";
import { afterCommit, nameOf, requestOf } from "./requests";
import type { Snapshot } from "./snapshot";
import { holdTime, untilQuiet } from "./time";

/** What became of a stack: what brought it up, and what was wrong on the way. */
interface Verdict {
  outcome: CaseResult["outcome"];
  problems: string[];
  output: string;
}

/** By the digest of the state: what a kill there leaves, and the cases that lead to it. */
type Visits = Map<string, { snapshot: Snapshot; ids: string[] }>;

/** Receives each result as soon as it is known. */
export type OnResult = (result: CaseResult) => void;

/**
 * Proves the cases of one mode of the workspace. What follows from a state is run once: two runs that end in equal states
 * (`Harness.digest`) share what comes after them.
 */
export class Prover {
  private before: ReadonlySet<string> = new Set();
  /** By the digest of a state that is up: the problems of `preview` and `destroy`. */
  private readonly whenUp = new Map<string, Verdict>();
  /** By the digest of a state that a killed or failed `up` has left. */
  private readonly whenLeft = new Map<string, Verdict>();

  constructor(
    private readonly harness: Harness,
    private readonly mode: Mode,
  ) {}

  /** The requests of an undisturbed `up`, each once. */
  async requests(): Promise<{ name: string; route: string }[]> {
    await this.reset();
    const up = await this.harness.up();
    if (up.exitCode !== 0) throw new Error(`the undisturbed \`up\` failed:\n${up.output}`);
    return up.requests.map((sent) => ({ name: nameOf(sent), route: sent.route }));
  }

  /**
   * The deaths before and after each request. One `up` visits them all: before a request reaches its service, and again before
   * the answer to a change reaches the client, stack and cloud are copied, and each different copy is continued. A read
   * changes nothing: dying after it is dying before it.
   */
  async deaths(wanted: readonly Case[], onResult: OnResult): Promise<void> {
    const ids = new Set(wanted.map(idOf));
    const visits: Visits = new Map();
    await this.reset();
    let queue = Promise.resolve();
    const take = (kinds: readonly Case["kind"][], request: string): Promise<void> =>
      holdTime(async () => {
        const own = kinds.map((kind) => idOf({ mode: this.mode, kind, request })).filter((id) => ids.has(id));
        if (own.length === 0) return;
        await untilQuiet();
        this.visit(visits, own);
        own.forEach((id) => ids.delete(id));
      });
    const up = await this.harness.up({
      observe: (sent, response, send) => {
        const isRead = /^(GET|HEAD) /.test(sent.path);
        const request = nameOf(sent);
        queue = queue.then(() => take(isRead ? ["die-before", "die-after"] : ["die-before"], request));
        void queue.then(() => {
          if (!isRead)
            afterCommit(response, (answer) => {
              queue = queue.then(() => take(["die-after"], request));
              void queue.then(answer);
            });
          send();
        });
      },
    });
    if (up.exitCode !== 0) throw new Error(`the undisturbed \`up\` failed:\n${up.output}`);
    await this.continueEach(visits, onResult, true);
    for (const id of ids) onResult({ id, missed: true, outcome: undefined, problems: [], output: "" });
  }

  /** Keeps what a kill at this moment would leave, for cases that it belongs to. */
  private visit(visits: Visits, ids: readonly string[]): void {
    const digest = this.harness.digest();
    const known = visits.get(digest);
    if (known) known.ids.push(...ids);
    else visits.set(digest, { snapshot: this.harness.snapshot(), ids: [...ids] });
  }

  /** Continues from each different snapshot. With `alsoDestroy`, also with a `destroy` alone, because nothing is wanted any more. */
  private async continueEach(visits: Visits, onResult: OnResult, alsoDestroy = false): Promise<void> {
    for (const [digest, { snapshot, ids }] of visits) {
      // A verdict with a `destroy` alone says more than one without.
      const key = alsoDestroy ? `destroy ${digest}` : digest;
      let verdict = this.whenLeft.get(key) ?? this.whenLeft.get(`destroy ${digest}`);
      if (!verdict) {
        await this.harness.restore(snapshot);
        const runs: RunReport[] = [];
        const destroyed = alsoDestroy ? await this.destroy(runs) : [];
        if (alsoDestroy) await this.harness.restore(snapshot);
        verdict = await this.continueLeft(digest, []);
        if (destroyed.length > 0)
          verdict = {
            ...verdict,
            problems: [...destroyed.map((text) => `destroy alone: ${text}`), ...verdict.problems],
            output: outputOf(runs) + verdict.output,
          };
        this.whenLeft.set(key, verdict);
      }
      this.harness.forget(snapshot);
      for (const id of ids) onResult({ id, missed: false, ...verdict });
    }
  }

  /**
   * Cases with faults that a client survives, together in one `up`: each request is struck once. If that `up` ends well, each of
   * them has been overcome. If not, the last struck one is run alone, and the others again together. Where a client waits for ever, stack
   * and cloud are copied as its kill leaves them, and the `up` goes on with the answer.
   */
  async together(cases: readonly Case[], onResult: OnResult): Promise<void> {
    let left = [...cases];
    while (left.length > 0) {
      await this.reset();
      const visits: Visits = new Map();
      const named = (names: readonly string[]): Case[] =>
        left.filter(({ request }) => names.includes(request));
      const first = await this.harness.up({
        faults: left.map(faultOf),
        onStall: (waiting) => this.visit(visits, named(waiting.map(nameOf)).map(idOf)),
      });
      const visited = [...visits.values()].flatMap(({ ids }) => ids);
      const met = named(first.struck.map(nameOf)).filter((one) => !visited.includes(idOf(one)));
      let done: Case[] = [];
      if (met.length > 0 && (first.exitCode === 0 || left.length === 1)) {
        const verdict = await this.continueFrom(first);
        if (verdict.problems.length === 0 || met.length === 1) done = met;
        for (const one of done) onResult({ id: idOf(one), missed: false, ...verdict });
      }
      await this.continueEach(visits, onResult);
      left = left.filter((one) => !done.includes(one) && !visited.includes(idOf(one)));
      if (done.length > 0 || visited.length > 0) continue;
      if (met.length === 0) {
        // Which requests a client sends varies with what the service has reached.
        for (const one of left)
          onResult({ id: idOf(one), missed: true, outcome: undefined, problems: [], output: "" });
        return;
      }
      const blamed = this.blame(first, left);
      for (const one of blamed) await this.together([one], onResult);
      left = left.filter((one) => !blamed.includes(one));
    }
  }

  /** The cases that can have ended a run: with requests that were never answered, or else the last struck one. */
  private blame({ struck, unanswered }: RunReport, cases: readonly Case[]): Case[] {
    const names = unanswered.length > 0 ? unanswered.map(nameOf) : struck.slice(-1).map(nameOf);
    const blamed = cases.filter(({ request }) => names.includes(request));
    return blamed.length > 0 ? blamed : cases.slice(0, 1);
  }

  private async reset(): Promise<void> {
    this.before = await resetTo(this.harness, this.mode);
  }

  /** What follows a first `up`. */
  private async continueFrom(first: RunReport): Promise<Verdict> {
    const problems = problemsInOutput(this.harness, first);
    if (first.exitCode !== 0) {
      const digest = this.harness.digest();
      const known = this.whenLeft.get(digest);
      const verdict = known ?? (await this.continueLeft(digest, [first]));
      return { ...verdict, problems: [...problems, ...verdict.problems] };
    }
    const verdict = await this.continueUp("first", [first]);
    return { ...verdict, problems: [...problems, ...verdict.problems] };
  }

  /** What follows a killed or failed `up`: one more `up`. */
  private async continueLeft(digest: string, runs: RunReport[]): Promise<Verdict> {
    const second = await this.harness.up();
    runs.push(second);
    const problems = problemsInOutput(this.harness, second);
    let verdict: Verdict;
    if (second.exitCode === 0) {
      verdict = await this.continueUp("second", runs);
      verdict = { ...verdict, problems: [...problems, ...verdict.problems] };
    } else {
      problems.push(`up ${second.killed ? "waits for ever" : `ends with ${second.exitCode}`}`);
      problems.push(...(await this.destroy(runs)));
      verdict = { outcome: undefined, problems, output: outputOf(runs) };
    }
    this.whenLeft.set(digest, verdict);
    return verdict;
  }

  /** What follows an `up` that ended well: a preview without changes, and `destroy`. */
  private async continueUp(outcome: "first" | "second", runs: RunReport[]): Promise<Verdict> {
    const digest = this.harness.digest();
    const known = this.whenUp.get(digest);
    if (known) return { ...known, outcome };
    const problems = problemsWhenUp(this.harness);
    const preview = await this.harness.preview({ expectNoChanges: true });
    runs.push(preview);
    problems.push(...problemsInOutput(this.harness, preview));
    if (preview.exitCode !== 0) problems.push("preview --expect-no-changes shows changes");
    problems.push(...(await this.destroy(runs)));
    const verdict = { outcome, problems, output: problems.length > 0 ? outputOf(runs) : "" };
    this.whenUp.set(digest, verdict);
    return verdict;
  }

  private async destroy(runs: RunReport[]): Promise<string[]> {
    const destroy = await this.harness.destroy();
    runs.push(destroy);
    const problems = problemsInOutput(this.harness, destroy);
    if (destroy.exitCode !== 0)
      return [...problems, `destroy ${destroy.killed ? "waits for ever" : `ends with ${destroy.exitCode}`}`];
    return [...problems, ...problemsWhenDestroyed(this.harness, this.before)];
  }
}

const faultOf = ({ kind, request }: Case) => ({ kind, ...requestOf(request) });

const outputOf = (runs: readonly RunReport[]): string =>
  runs.map(({ operation, output }) => `--- ${operation}\n${output}`).join("");
