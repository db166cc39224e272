/** What a run found out about one assumption. */
export type Verdict =
  | { outcome: "confirmed"; seen: readonly string[] }
  | { outcome: "refuted"; expected: string; seen: string }
  | {
      outcome: "not settled";
      why: string;
      /** By choice: outside the selection, behind `--with-gpu`, or not settled by calls at all. */
      byChoice: boolean;
    };

/** Azure's answer contradicts the assumption. */
export class Refuted extends Error {
  constructor(
    readonly expected: string,
    readonly seen: string,
  ) {
    super(`expected ${expected}; seen ${seen}`);
    this.name = "Refuted";
  }
}

/** The calls were possible, but their answers decide nothing: a missing right, a busy service, a missing size. */
export class NotSettled extends Error {
  constructor(why: string) {
    super(why);
    this.name = "NotSettled";
  }
}
