/** Makes a provider call fail or wait; see toy/cloud.js. */
export type Fault = {
  on: "check" | "create" | "update" | "delete" | "read" | "*";
  name: string;
  mode?: "fail" | "init" | "late" | "die" | "hold";
  message?: string;
  ms?: number;
  late?: boolean;
};

/**
 * A resource of the state, with secrets as `{ secret: value }` and without values that differ from run to
 * run.
 */
export type Facts = Record<string, unknown>;

/** One provider call in the toy cloud's log. */
export type Call = { at: "start" | "end" | "fail"; call: string; name: string } & Record<string, unknown>;
