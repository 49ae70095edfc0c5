/** The types that the compiler infers from the declarations of a literal text. Nothing here runs. */
import { describe, expectTypeOf, it } from 'vitest';
import { cdef } from '../../../src/format/c/cdef.js';

declare const computed: string;

describe('cdef', () => {
  it('knows the names of structs, typedefs, enumerators and #defines of a literal text', () => {
    const a = cdef('typedef struct { int x, y; double w[3]; const char *name; } point;');
    expectTypeOf(a.point).toEqualTypeOf<string>();
    // @ts-expect-error: the text does not declare it
    void a.pont;
    // @ts-expect-error: a member of a struct is no name of the text's
    void a.w;
    const b = cdef(`
      #define N 4
      #define M (N * 2) /* a comment; with { signs */
      // another; one
      enum color { RED, GREEN = 5, BLUE };
      struct node { struct node *next; struct { int q; } inner; };
      typedef struct node node_t;
      typedef int (*callback)(int, char), *pointer;
      typedef unsigned char name[16];
      int function(int a, struct node *b);
      typedef struct pair { enum color c; } pair, pairs[2];
    `);
    expectTypeOf(b.N).toEqualTypeOf<number>();
    expectTypeOf(b.M).toEqualTypeOf<number | bigint>();
    expectTypeOf(b.GREEN).toEqualTypeOf<number | bigint>();
    expectTypeOf(b.color).toEqualTypeOf<string>();
    expectTypeOf(b.node).toEqualTypeOf<string>();
    expectTypeOf(b.node_t).toEqualTypeOf<string>();
    expectTypeOf(b.callback).toEqualTypeOf<string>();
    expectTypeOf(b.name).toEqualTypeOf<string>();
    expectTypeOf(b.pair).toEqualTypeOf<string>();
    expectTypeOf(b.pairs).toEqualTypeOf<string>();
    expectTypeOf(b.alignof).toEqualTypeOf<Readonly<Record<string, number>>>();
  });

  it('knows nothing of a computed text', () => {
    expectTypeOf(cdef(computed).point).toEqualTypeOf<unknown>();
  });
});
