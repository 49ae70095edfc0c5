/** The types that the compiler infers from a literal format. A wrong element type makes the type check fail. */
import { expectTypeOf } from 'vitest';
import type { Complex } from '../../src/format/codec.js';
import type { ElementOf, FormatText, ValueOf } from '../../src/format/element.js';

type Any = number | bigint | boolean;

expectTypeOf<ElementOf<'b' | 'B' | 'h' | 'H' | 'i' | 'I' | 'e' | 'f' | 'd'>>().toEqualTypeOf<number>();
expectTypeOf<ElementOf<'@d' | '<d' | '>i' | '=h' | '!f' | '^B'>>().toEqualTypeOf<number>();
expectTypeOf<ElementOf<'q' | 'Q' | '<q' | '>Q' | '@q'>>().toEqualTypeOf<bigint>();
expectTypeOf<ElementOf<'l' | 'L' | '@l' | '^L' | 'n' | 'N' | 'P' | '@P'>>().toEqualTypeOf<bigint>();
expectTypeOf<ElementOf<'<l' | '>L' | '=l' | '!L'>>().toEqualTypeOf<number>();
expectTypeOf<ElementOf<'?'>>().toEqualTypeOf<boolean>();
expectTypeOf<ElementOf<'<?'>>().toEqualTypeOf<boolean>();
expectTypeOf<ElementOf<'c'>>().toEqualTypeOf<string>();
expectTypeOf<ElementOf<'Zd' | '<Zf'>>().toEqualTypeOf<Complex>();
expectTypeOf<ElementOf<'s' | '3s' | '<16s' | '5p'>>().toEqualTypeOf<Buffer>();
expectTypeOf<ElementOf<'u' | 'w' | '12w' | '>3u'>>().toEqualTypeOf<string>();
expectTypeOf<ElementOf<'T{i:a:}'>>().toEqualTypeOf<{ a: number }>();
expectTypeOf<ElementOf<'d' | 'q'>>().toEqualTypeOf<number | bigint>();

// Not one scalar, or not known until it runs.
expectTypeOf<ElementOf<string>>().toEqualTypeOf<unknown>();
expectTypeOf<ElementOf<'T{i:a:d}'>>().toEqualTypeOf<unknown>();
expectTypeOf<ElementOf<'2h3i'>>().toEqualTypeOf<unknown>();
expectTypeOf<ElementOf<'(2,3)i'>>().toEqualTypeOf<unknown>();
expectTypeOf<ElementOf<'2d'>>().toEqualTypeOf<unknown>();
expectTypeOf<ElementOf<'O' | 'x' | ''>>().toEqualTypeOf<unknown>();
expectTypeOf<ElementOf<'<n'>>().toEqualTypeOf<unknown>();

expectTypeOf<ValueOf<'B' | '<i' | 'q' | 'd' | '>e'>>().toEqualTypeOf<Any>();
expectTypeOf<ValueOf<'?'>>().toEqualTypeOf<unknown>();
expectTypeOf<ValueOf<'Zd'>>().toEqualTypeOf<Complex | Any>();
expectTypeOf<ValueOf<'c'>>().toEqualTypeOf<string | Uint8Array>();
expectTypeOf<ValueOf<'3w'>>().toEqualTypeOf<string>();
expectTypeOf<ValueOf<'3s'>>().toEqualTypeOf<Uint8Array>();
expectTypeOf<ValueOf<string>>().toEqualTypeOf<unknown>();
expectTypeOf<ValueOf<'T{i:a:}'>>().toEqualTypeOf<unknown>();

// numpy's names narrow as the formats do that they mean.
expectTypeOf<ElementOf<'float32' | 'int32' | 'bfloat16' | 'g'>>().toEqualTypeOf<number>();
expectTypeOf<ElementOf<'int64' | 'datetime64[ns]' | 'timedelta64'>>().toEqualTypeOf<bigint>();
expectTypeOf<ElementOf<'bool'>>().toEqualTypeOf<boolean>();
expectTypeOf<ElementOf<'complex128' | 'Zg'>>().toEqualTypeOf<Complex>();
expectTypeOf<FormatText<'float32'>>().toEqualTypeOf<'f'>();
expectTypeOf<FormatText<'datetime64[25s]'>>().toEqualTypeOf<'q'>();
expectTypeOf<FormatText<'<i' | 'bfloat16' | 'T{i:a:}'>>().toEqualTypeOf<'<i' | 'bfloat16' | 'T{i:a:}'>();
expectTypeOf<FormatText<string>>().toEqualTypeOf<string>();
expectTypeOf<ValueOf<'uint8'>>().toEqualTypeOf<Any>();
