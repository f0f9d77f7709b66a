# In a lab's folder: "make show" draws the pictures into out/, "make test" runs the tests.
lab := $(notdir $(CURDIR))
build := ../build
MAKEFLAGS += --no-print-directory

.PHONY: all show test
all: show test

show test: $(build)/CMakeCache.txt
show:
	@cmake --build $(build) --target $(lab)_show --parallel 2
	@$(build)/$(lab)/show
test:
	@cmake --build $(build) --target $(lab)_tests --parallel 2
	@$(build)/$(lab)/tests

$(build)/CMakeCache.txt:
	@cmake -G "Unix Makefiles" -S .. -B $(build) >$(build).log 2>&1 || { cat $(build).log; rm -f $@; exit 1; }
