# large_source.awk - a C file of function_count functions, always the same, for a compiler.
BEGIN {
    print "#include <math.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>"
    for (i = 0; i < function_count; i++) {
        printf "struct s%d { int a[%d]; double b; char *c; };\n", i, i % 13 + 1
        printf "static int f%d(struct s%d *s, int n)\n{\n    int sum = %d;\n", i, i, i
        printf "    for (int i = 0; i < n; i++) {\n        switch (i %% 7) {\n"
        for (k = 0; k < 7; k++)
            printf "        case %d: sum += s->a[i %% %d] * %d; s->b += sum / %d.0; break;\n",
                k, i % 13 + 1, i + k, k + 2
        printf "        }\n        if (sum > %d) sum ^= (int)strlen(s->c) + %d;\n    }\n", i * 7, i
        printf "    return sum%s;\n}\n",
            (i > 0 ? " + f" i - 1 "(calloc(1, 100), n - 1)" : "")
    }
    printf "int main(void) { return f%d(calloc(1, 100), 3) & 1; }\n", function_count - 1
}
