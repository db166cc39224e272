import fc from "fast-check";
import { longRecord } from "../../dataset/csvLongRecord";

const characters = fc.constantFrom("a", ",", ";", '"', "\n", "\r", " ");
const text = fc.string({ unit: characters, maxLength: 12 });
const quoted = text.map((value) => `"${value.replaceAll('"', '""')}"`);
/** A field without quotes around it; a quote inside of it is part of the text. */
const plain = text.map((value) => value.replace(/[,\n\r]/g, "").replace(/^"+/, ""));

test("the end of a record is found in whatever pieces it comes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(quoted, plain), { minLength: 1, maxLength: 5 }),
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.array(fc.nat(80), { maxLength: 6 }),
      (fields, lineEnd, cuts) => {
        const record = fields.join(",") + lineEnd;
        const whole = `${record}"next`;
        const places = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
        const { endIn } = longRecord(",", lineEnd === "\r" ? "\r" : "\n");
        let end: number | undefined;
        for (let index = 1; index < places.length && end === undefined; index++) {
          const found = endIn(whole.slice(places[index - 1], places[index]));
          if (found !== undefined) end = (places[index - 1] as number) + found;
        }
        expect(end).toBe(record.length);
      },
    ),
    { seed: 1, numRuns: 2000 },
  );
});
