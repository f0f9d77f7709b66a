# In a lab's folder: "make show" draws the pictures into out/, "make test" runs the tests. If LAB_PROGRAMS names a folder
# with programs, they are run as they are and nothing is built.
lab := $(notdir $(CURDIR))
build := ../build
MAKEFLAGS += --no-print-directory

.PHONY: all show test
all: show test
show: program = show
test: program = tests

ifdef LAB_PROGRAMS
show test:
	@$(LAB_PROGRAMS)/$(lab)/$(program)
else
show test: $(build)/CMakeCache.txt
	@cmake --build $(build) --target $(lab)_$(program) --parallel 2
	@$(build)/$(lab)/$(program)
endif

$(build)/CMakeCache.txt:
	@cmake -G "Unix Makefiles" -S .. -B $(build) >$(build).log 2>&1 || { cat $(build).log; rm -f $@; exit 1; }
