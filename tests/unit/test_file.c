/* SPDX-License-Identifier: ISC */
#include "answer.h"
