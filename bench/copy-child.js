/** The copies of question 27, in a process of its own. It answers each message with the seconds of one copy. */
import { zeros } from 'memoryview';

const SIDE = 2048;
const views = {
  rows: (matrix) => matrix,
  transposed: (matrix) => matrix.T,
  reversed: (matrix) => matrix.flip(),
};
const [, , kind] = process.argv;
const source = zeros([SIDE, 2 * SIDE]);
source.fill(1);
const view = views[kind](source);
const target = zeros(view.shape);
for (let i = 0; i < 3; i++) target.copyFrom(view);
process.on('message', () => {
  const start = process.hrtime.bigint();
  for (let i = 0; i < 3; i++) target.copyFrom(view);
  process.send(Number(process.hrtime.bigint() - start) / 3e9);
});
