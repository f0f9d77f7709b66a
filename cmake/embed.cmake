# Turns a file into a C++ array, so that a program carries its data with it.
#   cmake -DINPUT=data/x.bin -DOUTPUT=x.cpp -DSYMBOL=x_bin -P embed.cmake
# defines basin::embedded::x_bin (unsigned char[]) and basin::embedded::x_bin_size (std::size_t).
foreach(variable INPUT OUTPUT SYMBOL)
  if(NOT DEFINED ${variable})
    message(FATAL_ERROR "embed.cmake: ${variable} is not given; help: the usage is in its first lines")
  endif()
endforeach()
if(NOT EXISTS "${INPUT}")
  message(FATAL_ERROR "embed.cmake: ${INPUT} does not exist")
endif()

file(READ "${INPUT}" bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUTPUT}" "#include <cstddef>
namespace basin::embedded {
extern const unsigned char ${SYMBOL}[];
extern const std::size_t ${SYMBOL}_size;
const unsigned char ${SYMBOL}[] = {
${bytes}
};
const std::size_t ${SYMBOL}_size = sizeof ${SYMBOL};
}  // namespace basin::embedded
")
