// Everything that can be called, found by reflection: exports, statics, methods, getters and constructors.
import { isProxy } from 'node:util/types';

const isClass = (value) =>
  typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));

const shownKey = (key) => (typeof key === 'symbol' ? `[${key.description}]` : `.${key}`);

/** Members of a prototype that a user's code can call or read. */
function* ofPrototype(name, prototype) {
  for (const key of Reflect.ownKeys(prototype)) {
    if (key === 'constructor') continue;
    const { value, get } = Object.getOwnPropertyDescriptor(prototype, key);
    if (typeof value === 'function') {
      yield {
        name: `${name}#${shownKey(key).replace(/^\./, '')}`,
        of: prototype,
        call: (receiver, args) => receiver[key](...args),
      };
    } else if (get !== undefined) {
      yield {
        name: `${name}#${shownKey(key).replace(/^\./, '')}`,
        of: prototype,
        isGetter: true,
        call: (receiver) => receiver[key],
      };
    }
  }
}

function* ofExport(name, value) {
  if (isClass(value)) {
    yield { name: `new ${name}`, of: null, call: (_, args) => new value(...args) };
    for (const key of Reflect.ownKeys(value)) {
      const own = Object.getOwnPropertyDescriptor(value, key).value;
      if (typeof own === 'function') {
        yield { name: `${name}${shownKey(key)}`, of: null, call: (_, args) => value[key](...args) };
      }
    }
    yield* ofPrototype(name, value.prototype);
  } else if (typeof value === 'function') {
    yield { name, of: null, call: (_, args) => value(...args) };
  } else if (typeof value === 'object' && value !== null) {
    for (const key of Reflect.ownKeys(value)) {
      if (typeof value[key] === 'function') {
        yield { name: `${name}${shownKey(key)}`, of: null, call: (_, args) => value[key](...args) };
      }
    }
  }
}

/** All members of modules, in an order that does not change. */
export function membersOf(modules) {
  const members = [];
  const names = new Set();
  for (const [module, exports] of Object.entries(modules)) {
    for (const [name, value] of Object.entries(exports)) {
      for (const member of ofExport(module === '' ? name : `${module}/${name}`, value)) {
        if (!names.has(member.name)) members.push(member);
        names.add(member.name);
      }
    }
  }
  return members;
}

const hidden = new Map();
// %Iterator.prototype% has map, filter and others from Node 22 on, whose errors are the engine's.
const OF_THE_ENGINE = new Set([
  Object.prototype,
  Array.prototype,
  Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())),
]);
/** The classes of readers, one for each kind of array and rank, which do the same. */
const OF_READERS = /(Line|Plane|Cube|Reader)\d*$/;
const OF_ITERATORS = /#(next|return|throw|\[Symbol\.iterator\])$/;

/** Members of an instance whose class is not exported: a range, a snapshot, an iterator. */
export function membersOfInstance(instance) {
  const found = [];
  for (let at = instance; at !== null && !isProxy(at); at = Object.getPrototypeOf(at)) {
    if (OF_THE_ENGINE.has(at)) break;
    if (hidden.has(at)) {
      found.push(...hidden.get(at));
      continue;
    }
    const maker = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    const own = typeof maker === 'function' ? maker.name : 'iterator';
    const name = OF_READERS.test(own) ? 'ElementReader' : own;
    const all = [...ofPrototype(name, at)];
    // Of an instance itself only what makes it an iterator: its other members may come from any class.
    const members = at === instance ? all.filter((member) => OF_ITERATORS.test(member.name)) : all;
    if (at !== instance) hidden.set(at, members);
    found.push(...members);
  }
  return found;
}
