/** The loop of question 03; as a process of its own it returns each message with the seconds of one sum. */
import { zeros } from 'memoryview';

/** Sums a square view of numbers element by element. */
export function sumByGet(view, side) {
  let total = 0;
  for (let i = 0; i < side; i++) for (let j = 0; j < side; j++) total += Number(view.get(i, j));
  return total;
}

function sumOfRank(view, rank, length) {
  let total = 0;
  for (let i = 0; i < length; i++) {
    total += Number(rank === 1 ? view.get(i) : view.get(i, 0, 1));
  }
  return total;
}

if (process.send !== undefined && process.argv[2] !== undefined && /^(used|fresh)$/.test(process.argv[2])) {
  if (process.argv[2] === 'used') {
    for (let turn = 0; turn < 3; turn++) {
      for (const format of ['b', 'B', 'h', 'H', 'i', 'I', 'q', 'Q', 'f', 'd', '>i', '<d', '?', 'e']) {
        sumByGet(zeros([100, 100], format), 100);
        sumOfRank(zeros([5000], format), 1, 5000);
        sumOfRank(zeros([100, 3, 2], format), 3, 100);
      }
    }
  }
  const view = zeros([1000, 1000]);
  for (let i = 0; i < 20; i++) sumByGet(view, 1000);
  process.on('message', () => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < 3; i++) sumByGet(view, 1000);
    process.send(Number(process.hrtime.bigint() - start) / 3e9);
  });
}
