import { meanRouge, rouge } from "../../../local/trainer/rouge";

describe("ROUGE", () => {
  test.each([
    ["the same", "A frog lives in ponds.", "a frog lives in ponds", 1, 1, 1],
    ["nothing shared", "red green", "blue white", 0, 0, 0],
    ["empty candidate", "", "blue", 0, 0, 0],
    ["both empty", "", "", 0, 0, 0],
    // Lin (2004): "police killed the gunman" / "police kill the gunman" share 3 of 4 words, one pair of three.
    ["Lin's example", "police kill the gunman", "police killed the gunman", 0.75, 1 / 3, 0.75],
    [
      "Lin's example in another order",
      "the gunman kill police",
      "police killed the gunman",
      0.75,
      1 / 3,
      0.5,
    ],
    // hits 2; precision 2/4, recall 2/2.
    [
      "a repeated word counts as often as the reference has it",
      "the the the cat",
      "the cat",
      2 / 3,
      0.5,
      2 / 3,
    ],
    ["other scripts", "Привет мир", "привет мир", 1, 1, 1],
  ])("%s", (_, candidate, reference, one, two, longest) => {
    const scores = rouge(candidate, reference);
    expect(scores.rouge1).toBeCloseTo(one, 6);
    expect(scores.rouge2).toBeCloseTo(two, 6);
    expect(scores.rougeL).toBeCloseTo(longest, 6);
  });

  test("Lsum takes the union over lines", () => {
    // Lin (2004), section 3.2: reference w1…w5; candidates "w1 w2 w6 w7 w8" and "w1 w3 w8 w9 w5" share w1 w2 w3 w5, 4 of 5; precision 4 of 10.
    const { rougeLsum } = rouge("w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", "w1 w2 w3 w4 w5");
    expect(rougeLsum).toBeCloseTo((2 * 0.8 * 0.4) / 1.2, 6);
  });

  test("for one line Lsum is L", () => {
    const { rougeL, rougeLsum } = rouge("a b x c", "a b c d");
    expect(rougeLsum).toBeCloseTo(rougeL, 12);
  });

  test("the mean of no pairs is 0", () => {
    expect(meanRouge([])).toEqual({ rouge1: 0, rouge2: 0, rougeL: 0, rougeLsum: 0 });
    expect(
      meanRouge([
        { candidate: "a", reference: "a" },
        { candidate: "a", reference: "b" },
      ]).rouge1,
    ).toBe(0.5);
  });
});
