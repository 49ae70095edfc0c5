/**
 * The playground reads the form, makes the view, and shows its picture, values and code. The address's hash contains the form, so that a
 * link shows the same view.
 */
import { cdef, explain, formatInfo, memoryview } from 'memoryview/core';

const FORMATS = [
  'B',
  'h',
  'i',
  'q',
  'e',
  'f',
  'd',
  '?',
  '>h',
  'Zf',
  '4s',
  '(3)f',
  'T{<I:id:<d:score:}',
  'bfloat16',
];

/** What the form holds in each example. */
const EXAMPLES = {
  'Every second column': { shape: '4, 6', format: 'h', slice: ':, ::2' },
  'Rows from the last': { shape: '3, 4', format: 'i', slice: '::-1' },
  'One channel of an image': { shape: '4, 5, 3', format: 'B', slice: '..., 0' },
  'A window of a matrix': { shape: '6, 8', format: 'h', slice: '1:4, 2:6' },
  'A record': { shape: '3', format: 'T{<I:id:<d:score:(2)h:xy:}', slice: '' },
  'A C struct and its padding': {
    by: 'c',
    shape: '2',
    c: 'struct point {\n  char tag;\n  double x, y;\n  short hits[3];\n};',
    type: 'point',
    slice: '',
  },
};

/** The most bytes that a view may reach: the picture is shortened anyway. */
const MOST = 1 << 20;
/** Characters of values that are shown. */
const LONGEST = 4000;

/** The picture's colours, and those on a dark background. */
const DARK = {
  '#ffffff': '#161b22',
  '#1f2328': '#e6edf3',
  '#59636e': '#9aa5b1',
  '#d1d9e0': '#30363d',
  '#f6f8fa': '#1c2128',
  '#aab2bb': '#6e7781',
  '#cfe4ff': '#173a63',
  '#1f5fb0': '#8fc2ff',
  '#ffe0bf': '#563510',
  '#a85a08': '#ffbf7a',
  '#cdeed2': '#164526',
  '#1d7a36': '#7fdc98',
  '#e6d9ff': '#3b2a63',
  '#6a3fb8': '#c9b0ff',
  '#ffd6e2': '#5b1f36',
  '#b02a5c': '#ff9dbf',
  '#c6eeec': '#104644',
  '#0f7672': '#74d8d3',
  '#f7efae': '#494108',
  '#7d6608': '#e6d264',
  '#dfe3e8': '#363e48',
  '#4d5763': '#b6c0cb',
};

const at = (id) => document.getElementById(id);
const dark = matchMedia('(prefers-color-scheme: dark)');

/** The form as text: what the hash holds. */
function read() {
  const by = at('form').elements.by.value;
  const state = { shape: at('shape').value, slice: at('slice').value };
  return by === 'c'
    ? { by, ...state, c: at('c').value, type: at('type').value }
    : { ...state, format: at('format').value };
}

/** Fills the form in. */
function write(state) {
  at('form').elements.by.value = state.by === 'c' ? 'c' : 'format';
  for (const name of ['shape', 'slice', 'format', 'c'])
    if (state[name] !== undefined) at(name).value = state[name];
  chooseBy();
  listTypes(state.type);
}

function chooseBy() {
  const isC = at('form').elements.by.value === 'c';
  at('by-c').hidden = !isC;
  at('by-format').hidden = isC;
}

/** Offers the types that the declarations name as choices; keeps the chosen one. */
function listTypes(wanted = at('type').value) {
  const names = [];
  try {
    for (const [name, format] of Object.entries(cdef(at('c').value)))
      if (typeof format === 'string') names.push(name);
  } catch {
    // show() reports the error in the declarations.
  }
  at('type').replaceChildren(...names.map((name) => new Option(name, name, false, name === wanted)));
}

/** The shape as numbers. */
function shapeOf(text) {
  const parts = text.trim() === '' ? [] : text.split(/[\s,x×]+/).filter((part) => part !== '');
  return parts.map((part) => {
    if (!/^\d+$/.test(part)) throw wrong('shape', `shape: "${part}" given, expected integers such as 4, 6`);
    return Number(part);
  });
}

function wrong(field, message) {
  return Object.assign(new Error(message), { field });
}

/** Calls `make`, and records the field that is wrong if it throws. */
function about(field, make) {
  try {
    return make();
  } catch (error) {
    throw Object.assign(error, { field: error.field ?? field });
  }
}

/** A number for an element: its position, reduced so that every format can hold it. */
const placed = (i) => i % 128;

/**
 * Memory whose elements are 0, 1, 2, …, or its bytes if an element is not a number; with the lines of code that make it.
 */
function filled(shape, format, written) {
  const { itemsize, fields } = formatInfo(format);
  const nbytes = shape.reduce((product, length) => product * length, itemsize);
  if (nbytes > MOST) {
    throw wrong(
      'shape',
      `shape: ${nbytes} bytes, expected at most ${MOST} here; the library itself has no such limit`,
    );
  }
  const bytes = new Uint8Array(nbytes);
  const lengths = `[${shape.join(', ')}]`;
  if (fields.length === 0) {
    try {
      const flat = memoryview(bytes, { format });
      const big = flat.length > 0 && typeof flat.get(0) === 'bigint';
      for (let i = 0; i < flat.length; i++) flat.set(i, big ? BigInt(i) : placed(i));
      const small = flat.length > 128 ? 'i % 128' : 'i';
      const lines = [
        `const whole = zeros(${lengths}, ${written});`,
        'const flat = whole.reshape(-1);',
        `for (let i = 0; i < flat.length; i++) flat.set(i, ${big ? 'BigInt(i)' : small});`,
      ];
      return { whole: memoryview(bytes, { format, shape }), lines, names: ['zeros'] };
    } catch {
      // The elements are no numbers.
    }
  }
  for (let i = 0; i < nbytes; i++) bytes[i] = i;
  const lines = [
    `const bytes = Uint8Array.from({ length: ${nbytes} }, (_, i) => i);`,
    `const whole = memoryview(bytes, { ${written === 'format' ? written : `format: ${written}`}, shape: ${lengths} });`,
  ];
  return { whole: memoryview(bytes, { format, shape }), lines, names: ['memoryview'] };
}

/** Writes a value as JavaScript, in lines of at most `room` characters if its parts allow. */
function shown(value, room) {
  if (Array.isArray(value)) {
    const parts = value.map((part) => shown(part, room - 2));
    const line = `[${parts.join(', ')}]`;
    return line.length <= room && !line.includes('\n')
      ? line
      : `[\n${parts.join(',\n').replace(/^/gm, '  ')}\n]`;
  }
  if (value instanceof Uint8Array) return `Buffer [${[...value].join(' ')}]`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([name, each]) => `${name}: ${shown(each, room - 2)}`)
      .join(', ')} }`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

const valuesOf = (view) => {
  try {
    const text = shown(view.toArray(), Math.min(72, Math.floor(at('values').clientWidth / 9) - 3));
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  } catch (error) {
    return `${error.code}: ${error.message}`;
  }
};

/** A text as a literal of JavaScript. */
const quoted = (text) => `'${text.replace(/[\\']/g, '\\$&')}'`;

/** The program that makes the view. */
function codeOf(state, { lines, names }) {
  const isC = state.by === 'c';
  const slice = state.slice.trim();
  return [
    `import { ${[...(isC ? ['cdef'] : []), 'explain', ...names].join(', ')} } from 'memoryview';`,
    '',
    ...(isC
      ? [`const { ${state.type}: format } = cdef(\`\n${state.c.replace(/[\\`$]/g, '\\$&')}\n\`);`]
      : []),
    ...lines,
    ...(slice === '' ? [] : [`const view = whole.slice(${quoted(slice)});`]),
    `console.log(explain(${slice === '' ? 'whole' : 'view'}));`,
  ].join('\n');
}

/** Draws the picture as wide as the room allows, in the colours of the page. */
function pictureOf(view) {
  const room = Math.floor((at('picture').clientWidth - 4) / 9);
  // Its frame is the page's.
  const svg = explain(view, { format: 'svg', width: Math.max(40, Math.min(100, room)) }).replace(
    /<rect[^>]* rx="8"[^>]*>/,
    '',
  );
  return dark.matches ? svg.replace(/#[0-9a-f]{6}/g, (color) => DARK[color] ?? color) : svg;
}

function show() {
  const state = read();
  for (const name of ['shape', 'format', 'c', 'slice']) at(name).removeAttribute('aria-invalid');
  try {
    const shape = shapeOf(state.shape);
    const format =
      state.by === 'c'
        ? about('c', () => {
            const found = cdef(state.c)[state.type];
            if (found === undefined)
              throw new Error('C declarations: no type among them, expected a struct or typedef');
            return found;
          })
        : state.format;
    about('format', () => formatInfo(format));
    const made = about('shape', () =>
      filled(shape, format, state.by === 'c' ? 'format' : quoted(state.format)),
    );
    const view = about('slice', () =>
      state.slice.trim() === '' ? made.whole : made.whole.slice(state.slice),
    );
    // The picture and the values measure their room.
    at('made').hidden = false;
    at('picture').innerHTML = pictureOf(view);
    at('values').textContent = valuesOf(view);
    at('code').textContent = codeOf(state, made);
    at('error').hidden = true;
    setStale(false);
  } catch (error) {
    const field = at(state.by === 'c' && error.field === 'format' ? 'c' : (error.field ?? 'format'));
    field.setAttribute('aria-invalid', 'true');
    at('error').textContent = error.code === undefined ? error.message : `${error.code}: ${error.message}`;
    at('error').hidden = false;
    setStale(true);
  }
  history.replaceState(null, '', `#${new URLSearchParams(state)}`);
}

/** Results of the last valid input stay, paler. */
function setStale(stale) {
  for (const id of ['picture', 'values', 'code']) at(id).classList.toggle('stale', stale);
}

let clearing = 0;

async function copied(text, what) {
  let answer = `${what} copied`;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    answer = 'The browser does not let this page copy; select the text instead';
  }
  at('status').textContent = answer;
  clearTimeout(clearing);
  clearing = setTimeout(() => {
    at('status').textContent = '';
  }, 4000);
}

function start() {
  at('example').replaceChildren(
    new Option('Your own', ''),
    ...Object.keys(EXAMPLES).map((name) => new Option(name, name)),
  );
  at('formats').replaceChildren(...FORMATS.map((format) => new Option(format)));
  const example = (name) => {
    write(EXAMPLES[name]);
    at('example').value = name;
    show();
  };
  at('example').addEventListener('change', ({ target }) => {
    if (target.value !== '') example(target.value);
  });
  at('form').addEventListener('submit', (event) => event.preventDefault());
  at('form').addEventListener('input', ({ target }) => {
    if (target.id === 'example') return;
    at('example').value = '';
    chooseBy();
    if (target.name === 'by' && target.value === 'c' && at('c').value === '') {
      at('c').value = EXAMPLES['A C struct and its padding'].c;
    }
    if (target.id === 'c' || target.name === 'by') listTypes();
    show();
  });
  at('share').addEventListener('click', () => copied(location.href, 'Link'));
  at('copy').addEventListener('click', () => copied(at('code').textContent, 'Code'));
  dark.addEventListener('change', show);
  addEventListener('resize', show);
  const fromHash = () => {
    const state = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    if (state.shape === undefined) return false;
    write(state);
    show();
    return true;
  };
  addEventListener('hashchange', fromHash);
  if (!fromHash()) example(Object.keys(EXAMPLES)[0]);
}

start();
