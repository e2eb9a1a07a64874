#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An installed tree is enough: a program outside the repository, with a kernel of its own, builds with pkg-config and with
# CMake, as C and as C++, by gcc and by clang, and runs; the tree can be moved; uninstall leaves nothing.
set -eu
build=${TENON_BUILD:-build}
tmp=${TMPDIR:-/tmp}
root=$PWD
unset MAKEFLAGS MFLAGS MAKELEVEL 2>/dev/null || true

make -s B="$build" install-files DESTDIR="$tmp/first" PREFIX=/opt/tenon
mv "$tmp/first" "$tmp/moved" # relocatable: nothing may remember where it was
prefix=$tmp/moved/opt/tenon

mkdir "$tmp/outside"
cd "$tmp/outside"
cp "$root/mk/tests/outside.c" main.c
cp "$root/mk/tests/scale.cu" .
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
cat >Makefile <<'MAKE'
CFLAGS := -Wall -Wextra -Werror $(shell pkg-config --cflags tenon)
LDLIBS := $(shell pkg-config --libs tenon)
include $(shell pkg-config --variable=makefile tenon)
main: main.o scale.kernels.o
main.o: scale.kernels.h
MAKE
make CC="${CC:-cc}" main
LD_LIBRARY_PATH="$prefix/lib" ./main "$(pkg-config --modversion tenon)"
cp main.c main.cc
for compiler in "gcc main.c" "g++ main.cc" "clang main.c" "clang++ main.cc"; do
    command -v "${compiler% *}" >/dev/null 2>&1 || continue
    # shellcheck disable=SC2046,SC2086 # lists of flags
    $compiler -Wall -Wextra -Werror $(pkg-config --cflags tenon) scale.kernels.o $(pkg-config --libs tenon) -o by-hand
    LD_LIBRARY_PATH="$prefix/lib" ./by-hand "$(pkg-config --modversion tenon)" >by-hand.log || { echo "$compiler"; cat by-hand.log; exit 1; }
done

if command -v cmake >/dev/null 2>&1; then
    cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.13)
project(outside C CXX)
find_package(tenon 0.1 REQUIRED)
add_executable(with-cmake main.c)
target_link_libraries(with-cmake tenon::tenon)
tenon_embed(with-cmake scale.cu)
add_executable(with-cmake-cxx main.cc)
target_link_libraries(with-cmake-cxx tenon::tenon)
tenon_embed(with-cmake-cxx scale.cu)
CMAKE
    cmake -S . -B cmake -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="${CC:-cc}" -DCMAKE_CXX_COMPILER="${CXX:-c++}" >cmake.log 2>&1 || { cat cmake.log; exit 1; }
    cmake --build cmake >cmake.log 2>&1 || { cat cmake.log; exit 1; }
    ./cmake/with-cmake "$(pkg-config --modversion tenon)"
    ./cmake/with-cmake-cxx "$(pkg-config --modversion tenon)"
else
    echo "cmake is not installed: find_package(tenon) was not tried"
fi
[ ! -x "$prefix/bin/tenon" ] || "$prefix/bin/tenon" --version

cd "$root"
mv "$tmp/moved" "$tmp/first"
make -s B="$build" uninstall DESTDIR="$tmp/first" PREFIX=/opt/tenon
left=$(find "$tmp/first" ! -type d)
[ -z "$left" ] || { echo "uninstall left: $left"; exit 1; }
