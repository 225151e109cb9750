/* SPDX-License-Identifier: Apache-2.0 */
/* css DBM0 SECONDS: the composite source signal of G.168 as 16-bit samples
 * at 8 kHz on standard output. */
#include <stdio.h>
#include <stdlib.h>

#include "dsp/g168.h"

int main(int argc, char **argv)
{
	static int16_t pcm[G168_CSS];
	size_t n;

	if (argc != 3)
		return 2;
	g168_css(pcm, atof(argv[1]));
	n = (size_t)(atof(argv[2]) * 8000);
	while (n) {
		size_t k = n < G168_CSS ? n : G168_CSS;

		if (fwrite(pcm, sizeof(*pcm), k, stdout) != k)
			return 1;
		n -= k;
	}
	return 0;
}
