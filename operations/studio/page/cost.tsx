import type { CostPage } from "../views/cost";
import { money } from "./format.js";
import { useLive } from "./live.js";
import { State, Table } from "./parts.js";

/** What bills by the hour now. */
export function Cost() {
  const state = useLive<CostPage>("cost");
  return (
    <State
      state={state}
      what="machines"
      isEmpty={({ rows }) => rows.length === 0}
      hint="Nothing bills by the hour."
    >
      {({ rows, currency, perHour, perMonth }) => (
        <>
          <p class="big">
            {perHour === undefined ? "unknown" : money(perHour, currency)} <small>per hour</small>
            {perMonth !== undefined && <small>, {money(perMonth, currency)} per month at this rate</small>}
          </p>
          <Table
            caption="Machines"
            head={[
              "Machines",
              "Kind",
              "Size",
              "Number now",
              "Price of one per hour",
              "Per hour now",
              "Source",
            ]}
            rows={rows.map(({ kind, name, size, count, most, lowPriority, price }) => ({
              key: `${kind} ${name}`,
              cells: [
                name,
                kind,
                `${size}${lowPriority ? ", low priority" : ""}`,
                most === undefined ? count : `${count} of at most ${most}`,
                price ? money(price.perHour, price.currency) : "unknown",
                price ? money(price.perHour * count, price.currency) : "unknown",
                price?.origin ?? `set budget.prices.${size}`,
              ],
            }))}
          />
          <p>
            <small>Storage, key vault and logs are not counted. The bill of the subscription decides.</small>
          </p>
        </>
      )}
    </State>
  );
}
